#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "weights/config/model_config.h"
#include "weights/files/file_exists.h"
#include "weights/files/json_file.h"
#include "weights/transformers/transformers_config.h"

namespace saccade {
namespace {

// What a processor class takes for a key that its file lacks (transformers 5.23,
// models/{vit,deit,beit,bit,clip,siglip}/image_processing_pil_*.py).
constexpr std::array<double, 3> kStandard{0.5, 0.5, 0.5};
struct ProcessorDefaults {
  std::string_view name;  // ViTImageProcessor, ViTImageProcessorFast, ViTFeatureExtractor ...
  std::array<std::string_view, 2> model_types;
  ImageSize size;
  std::optional<ImageSize> crop_size;
  Interpolation interpolation;
  ResizeRule rule = ResizeRule::exact;  // of `size`
  bool square = true;                   // that a single number for a size is both sides
  std::array<double, 3> mean = kStandard;
  std::array<double, 3> std = kStandard;
  bool center_crop = false;
};
constexpr ProcessorDefaults like_clip(std::string_view name,
                                      std::array<std::string_view, 2> model_types) {
  return {name,
          model_types,
          {224, 224},
          ImageSize{224, 224},
          Interpolation::bicubic,
          ResizeRule::shortest_edge,
          false,
          {0.48145466, 0.4578275, 0.40821073},
          {0.26862954, 0.26130258, 0.27577711},
          true};
}
constexpr std::array<ProcessorDefaults, 6> kProcessors{
    {{"ViT", {"vit"}, {224, 224}, std::nullopt, Interpolation::bilinear},
     {.name = "DeiT",
      .model_types = {"deit"},
      .size = {256, 256},
      .crop_size = ImageSize{224, 224},
      .interpolation = Interpolation::bicubic,
      .center_crop = true},
     {"Beit", {"beit"}, {224, 224}, ImageSize{224, 224}, Interpolation::bicubic},
     like_clip("Bit", {"dinov2", "dinov2_with_registers"}),
     like_clip("CLIP", {"clip"}),
     {"Siglip",
      {"siglip"},
      {224, 224},
      std::nullopt,
      Interpolation::bicubic,
      ResizeRule::exact,
      false}}};

// Pillow's numbers for its filters, as `resample` holds them.
constexpr std::array<Interpolation, 6> kResample{Interpolation::nearest,  Interpolation::lanczos,
                                                 Interpolation::bilinear, Interpolation::bicubic,
                                                 Interpolation::box,      Interpolation::hamming};

const ProcessorDefaults& defaults_for(const ConfigReader& config, const std::string& model_type) {
  std::optional<std::string> type = config.text("image_processor_type");
  if (!type) type = config.text("feature_extractor_type");
  for (const ProcessorDefaults& processor : kProcessors) {
    const auto& types = processor.model_types;
    if (!type && std::find(types.begin(), types.end(), model_type) != types.end()) return processor;
    for (const char* suffix :
         {"ImageProcessor", "ImageProcessorFast", "ImageProcessorPil", "FeatureExtractor"}) {
      if (type == std::string(processor.name) + suffix) return processor;
    }
  }
  config.fail(
      config.has("image_processor_type") ? "image_processor_type" : "feature_extractor_type",
      "ViTImageProcessor, DeiTImageProcessor, BeitImageProcessor, BitImageProcessor, "
      "CLIPImageProcessor or SiglipImageProcessor, or an older name of these");
}

// A flag that is absent has its default; one that is null is off, as it is in Python. (Values that
// are null have their defaults too, as in transformers 4; 5 refuses them.)
bool flag(const ConfigReader& config, std::string_view key, bool fallback) {
  return config.boolean(key).value_or(fallback && !config.is_null(key));
}

// `size` as an object. Files that mix height and width with edges mean height and width, as the
// versions that could read them did.
void resolve_size_object(const ConfigReader& config, PreprocessRecipe& recipe) {
  const ConfigReader fields = *config.object("size");
  const auto side = [&](const char* key) { return fields.integer(key, 1, ConfigReader::kMaxSide); };
  const auto height = side("height"), width = side("width");
  const auto shortest = side("shortest_edge"), longest = side("longest_edge");
  const auto max_height = side("max_height"), max_width = side("max_width");
  if (height && width) {
    recipe.resize_rule = ResizeRule::exact;
    recipe.resize = {*height, *width};
  } else if (shortest && !height && !width && !max_height && !max_width) {
    recipe.resize_rule = longest ? ResizeRule::shortest_edge_within : ResizeRule::shortest_edge;
    recipe.resize = {*shortest, longest.value_or(*shortest)};
  } else if (max_height && max_width && !height && !width && !shortest && !longest) {
    recipe.resize_rule = ResizeRule::fit_truncated;
    recipe.resize = {*max_height, *max_width};
  } else {
    config.fail("size", "height and width, shortest_edge, or max_height and max_width");
  }
}

// `size`: [h, w], an object, or an integer, which is both edges to some processors and the shortest
// to others.
void resolve_resize(const ConfigReader& config, const ProcessorDefaults& defaults,
                    PreprocessRecipe& recipe) {
  recipe.resize_rule = defaults.rule;
  recipe.resize = defaults.size;
  const nlohmann::json* size = config.find("size");
  if (!flag(config, "do_resize", true)) {
    recipe.resize_rule = ResizeRule::none;
  } else if (defaults.name == "CLIP" && flag(config, "use_square_size", false)) {
    recipe.resize_rule = ResizeRule::exact;  // whatever `size` says
  } else if (size && size->is_object()) {
    resolve_size_object(config, recipe);
  } else if (size) {
    const bool square = flag(config, "default_to_square", defaults.square);
    const bool one_edge = !size->is_array() && !square;
    recipe.resize_rule = one_edge ? ResizeRule::shortest_edge : ResizeRule::exact;
    recipe.resize = *config.size("size");
  }
}

// An object of height and width, or what ConfigReader::size() takes.
ImageSize both_sides(const ConfigReader& config, const char* key) {
  if (!config.find(key)->is_object()) return *config.size(key);
  const ConfigReader fields = *config.object(key);
  const auto height = fields.integer("height", 1, ConfigReader::kMaxSide);
  const auto width = fields.integer("width", 1, ConfigReader::kMaxSide);
  if (!height || !width) config.fail(key, "height and width");
  return {*height, *width};
}

void resolve_crop(const ConfigReader& config, const ProcessorDefaults& defaults,
                  PreprocessRecipe& recipe) {
  recipe.crop_rounding = CropRounding::floor;
  if (!flag(config, "do_center_crop", defaults.center_crop)) return;
  recipe.crop = defaults.crop_size;
  if (config.has("crop_size")) recipe.crop = both_sides(config, "crop_size");
  if (!recipe.crop) {
    config.fail("crop_size",
                fmt::format("a size, since do_center_crop is true and {}ImageProcessor "
                            "has none of its own",
                            defaults.name));
  }
}

// Padding after normalisation, below and to the right. BEiT's processor ignores it.
void refuse_padding(const ConfigReader& config, const ProcessorDefaults& defaults,
                    const PreprocessRecipe& recipe) {
  if (defaults.name == "Beit" || !flag(config, "do_pad", false)) return;
  if (!config.has("pad_size")) return;  // to the largest picture of a batch
  if (both_sides(config, "pad_size") != recipe.output_size()) {
    config.fail("pad_size", "the size of the prepared picture: padding is not supported");
  }
}

std::array<double, 3> channel_values(const ConfigReader& config, std::string_view key,
                                     const std::array<double, 3>& fallback) {
  const nlohmann::json* value = config.find(key);
  if (!value) return fallback;
  if (value->is_number()) {
    const double same = *config.number(key, -1e6, 1e6);
    return {same, same, same};
  }
  const std::vector<double> list = *config.numbers(key, -1e6, 1e6);
  if (list.size() == 1) return {list[0], list[0], list[0]};
  if (list.size() != 3) config.fail(key, "a number, or three, one a channel");
  return {list[0], list[1], list[2]};
}

void resolve_normalisation(const ConfigReader& config, const ProcessorDefaults& defaults,
                           PreprocessRecipe& recipe) {
  const bool rescale = flag(config, "do_rescale", true);
  recipe.rescale = rescale ? config.number("rescale_factor", 1e-9, 1e9).value_or(1.0 / 255) : 1.0;
  if (!flag(config, "do_normalize", true)) {
    recipe.mean = {0, 0, 0};
    recipe.std = {1, 1, 1};
    return;
  }
  recipe.mean = channel_values(config, "image_mean", defaults.mean);
  recipe.std = channel_values(config, "image_std", defaults.std);
  for (double deviation : recipe.std) {
    if (std::abs(deviation) < 1e-6) config.fail("image_std", "numbers not so near 0");
  }
}

void note_sources(const ConfigReader& config, Provenance& sources) {
  const auto note = [&](const char* field, const char* key, const char* flag_key) {
    const bool said = config.has(key) || config.has(flag_key) || config.is_null(flag_key);
    sources[field] = said ? config.source() : kFromFamily;
  };
  note("resize", "size", "do_resize");
  note("crop", "crop_size", "do_center_crop");
  note("rescale", "rescale_factor", "do_rescale");
  note("mean", "image_mean", "do_normalize");
  note("std", "image_std", "do_normalize");
  sources["interpolation"] = config.has("resample") ? config.source() : kFromFamily;
  sources["exif"] = "Saccade's default";
}

}  // namespace

ConfigReader read_processor_config(const std::filesystem::path& folder) {
  if (const auto nested = folder / "processor_config.json"; file_exists(nested)) {
    const ConfigReader outer(read_json_file(nested), nested.string(), "processor_config.json");
    if (const auto inner = outer.object("image_processor")) return *inner;
  }
  const auto file = folder / "preprocessor_config.json";
  if (!file_exists(file)) {
    return ConfigReader(nlohmann::json::object(), file.string(), kFromFamily);
  }
  return ConfigReader(read_json_file(file), file.string(), "preprocessor_config.json");
}

PreprocessRecipe resolve_transformers_recipe(const ConfigReader& processor,
                                             const std::string& model_type,
                                             const RecipeOverrides& overrides,
                                             Provenance& sources) {
  const ProcessorDefaults& defaults = defaults_for(processor, model_type);
  PreprocessRecipe recipe;
  resolve_resize(processor, defaults, recipe);
  resolve_crop(processor, defaults, recipe);
  resolve_normalisation(processor, defaults, recipe);
  const auto resample = processor.integer("resample", 0, int64_t{kResample.size()} - 1);
  recipe.interpolation =
      resample ? kResample[static_cast<size_t>(*resample)] : defaults.interpolation;
  note_sources(processor, sources);
  if (!recipe.crop && recipe.resize_rule != ResizeRule::exact) {
    processor.fail("do_center_crop", "true, for pictures must come out in one size");
  }
  refuse_padding(processor, defaults, recipe);
  apply_overrides(recipe, overrides, sources);
  validate(recipe, processor.file());
  return recipe;
}

}  // namespace saccade
