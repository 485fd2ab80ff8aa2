// The preprocessing of a timm checkpoint.
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "weights/timm/timm_files.h"

namespace saccade {
namespace {

std::optional<ImageSize> input_size(const ConfigReader& config, std::string_view key) {
  const nlohmann::json* value = config.find(key);
  if (!value) return std::nullopt;
  const auto list = config.numbers(key, 0, double(ConfigReader::kMaxSide));
  const auto whole_side = [](double side) { return side >= 1 && side == std::floor(side); };
  if (!list || list->size() != 3 || !whole_side((*list)[1]) || !whole_side((*list)[2])) {
    config.fail(key, "[channels, height, width]");
  }
  return ImageSize{static_cast<int64_t>((*list)[1]), static_cast<int64_t>((*list)[2])};
}

std::optional<double> crop_pct(const ConfigReader& config, std::string_view key) {
  return given(config, key) ? config.number(key, 0.01, 10) : std::nullopt;
}

std::optional<Interpolation> interpolation(const ConfigReader& config) {
  if (!given(config, "interpolation")) return std::nullopt;
  const auto filter = interpolation_named(config.text("interpolation").value_or(""));
  if (!filter)
    config.fail(
        "interpolation",
        "nearest, box, bilinear, hamming, bicubic or lanczos; pass --interpolation to choose one");
  return filter;
}

// As in timm, an unknown mode is "center".
std::optional<CropMode> crop_mode(const ConfigReader& config) {
  if (!given(config, "crop_mode")) return std::nullopt;
  return crop_mode_named(config.text("crop_mode").value_or("")).value_or(CropMode::center);
}

std::optional<std::array<double, 3>> channel_values(const ConfigReader& config,
                                                    std::string_view key) {
  if (!given(config, key)) return std::nullopt;
  const std::vector<double> list = *config.numbers(key, -1e6, 1e6);
  if (list.size() != 1 && list.size() != 3) config.fail(key, "three numbers, one a channel");
  return std::array{list[0], list[list.size() == 3 ? 1 : 0], list.back()};
}

std::optional<std::array<double, 3>> deviations(const ConfigReader& config) {
  const auto values = channel_values(config, "std");
  for (double deviation : values.value_or(std::array{1.0, 1.0, 1.0})) {
    if (std::abs(deviation) < 1e-6) config.fail("std", "numbers not so near 0");
  }
  return values;
}

}  // namespace

TimmFiles split_timm_config(const ConfigReader& config) {
  const ConfigReader none(nlohmann::json::object(), config.file(), config.source());
  return {config, config.object("pretrained_cfg").value_or(config),
          config.object("model_args").value_or(none)};
}

bool given(const ConfigReader& config, std::string_view key) {
  const nlohmann::json* value = config.find(key);
  return value && *value != 0 && *value != "" && *value != false &&
         *value != nlohmann::json::array();
}

// timm's _parse_model_cfg: a model whose size is fixed says in model_args which.
std::optional<ImageSize> timm_input_size(const TimmFiles& files) {
  const auto flag = [](const ConfigReader& config, const char* key, bool fallback) {
    return config.boolean(key).value_or(fallback);
  };
  const bool fixed = flag(files.pretrained, "fixed_input_size", false) &&
                     flag(files.args, "strict_img_size", true) &&
                     !flag(files.args, "dynamic_img_size", false);
  if (const auto fixed_size = fixed ? files.args.size("img_size") : std::nullopt) return fixed_size;
  const auto size = input_size(files.pretrained, "input_size");
  // transformers' TimmWrapperImageProcessor alone looks there.
  const bool wrapped = files.top.text("model_type") == "timm_wrapper";
  return size || !wrapped ? size : files.pretrained.size("img_size");
}

PreprocessRecipe resolve_timm_recipe(const TimmFiles& files, const RecipeOverrides& overrides,
                                     Provenance& sources) {
  const ConfigReader& config = files.pretrained;
  // The command line's value, else the file's, else timm's default.
  const auto pick = [&](const char* field, const auto& overridden, const auto& own,
                        const auto& fallback) {
    if (!overridden) return resolve(sources, field, config, own, fallback);
    sources[field] = kFromCommandLine;
    return *overridden;
  };
  std::optional<ImageSize> own_size = timm_input_size(files);
  std::optional<double> own_pct = crop_pct(config, "crop_pct");
  if (overrides.use_test_size) {
    if (const auto test_size = input_size(config, "test_input_size")) own_size = test_size;
    if (const auto test_pct = crop_pct(config, "test_crop_pct")) own_pct = test_pct;
  }

  PreprocessRecipe recipe;
  // "random" is for training only, so the command line must choose.
  const auto own_filter = overrides.interpolation ? std::nullopt : interpolation(config);
  recipe.interpolation =
      pick("interpolation", overrides.interpolation, own_filter, Interpolation::bicubic);
  recipe.mean = pick("mean", overrides.mean, channel_values(config, "mean"), recipe.mean);
  recipe.std = pick("std", overrides.std, deviations(config), recipe.std);
  recipe.apply_exif = overrides.apply_exif;
  sources["exif"] = overrides.apply_exif ? "Saccade's default" : kFromCommandLine;
  sources["rescale"] = kFromFamily;

  // Size, part and mode make up the resize; of their sources, the strongest stands for it.
  const ImageSize size = pick("crop", overrides.img_size, own_size, ImageSize{224, 224});
  std::string source = sources["crop"];
  const auto pick_too = [&](const auto& overridden, const auto& own, const auto& fallback) {
    const auto value = pick("resize", overridden, own, fallback);
    if (source != kFromCommandLine && sources["resize"] != kFromFamily) source = sources["resize"];
    return value;
  };
  const double pct = pick_too(overrides.crop_pct, own_pct, 0.875);
  const CropMode mode = pick_too(overrides.crop_mode, crop_mode(config), CropMode::center);
  sources["resize"] = source;
  set_timm_geometry(recipe, size, pct, mode);
  return recipe;
}

}  // namespace saccade
