#include "weights/config/recipe_overrides.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

namespace saccade {
namespace {

constexpr std::array<std::pair<std::string_view, Interpolation>, 6> kInterpolations{
    {{"nearest", Interpolation::nearest},
     {"box", Interpolation::box},
     {"bilinear", Interpolation::bilinear},
     {"hamming", Interpolation::hamming},
     {"bicubic", Interpolation::bicubic},
     {"lanczos", Interpolation::lanczos}}};

constexpr std::array<std::pair<std::string_view, CropMode>, 3> kCropModes{
    {{"center", CropMode::center}, {"squash", CropMode::squash}, {"border", CropMode::border}}};

template <typename Table, typename Value>
const char* name_in(const Table& table, Value wanted) {
  for (const auto& [name, value] : table) {
    if (value == wanted) return name.data();
  }
  return "?";
}

template <typename Value, typename Table>
std::optional<Value> value_in(const Table& table, std::string_view wanted) {
  for (const auto& [name, value] : table) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

CropMode mode_of(const PreprocessRecipe& recipe) {
  switch (recipe.resize_rule) {
    case ResizeRule::shortest_edge:
    case ResizeRule::shortest_edge_within:
    case ResizeRule::cover:
      return CropMode::center;
    case ResizeRule::fit_truncated:
    case ResizeRule::fit:
      return CropMode::border;
    case ResizeRule::exact:
    case ResizeRule::none:
      break;
  }
  return CropMode::squash;
}

// The side before cropping that keeps the recipe's ratio; rounded, so that 438 / 384 stays 438.
int64_t scaled(int64_t side, int64_t resize, int64_t crop) {
  return std::llround(double(side) * double(resize) / double(crop));
}

void keep_ratio_at(PreprocessRecipe& recipe, ImageSize size) {
  const ImageSize crop = recipe.output_size();
  recipe.resize = {scaled(size.height, recipe.resize.height, crop.height),
                   scaled(size.width, recipe.resize.width, crop.width)};
  if (recipe.crop) recipe.crop = size;
  if (recipe.resize_rule == ResizeRule::shortest_edge &&
      recipe.resize.height != recipe.resize.width) {
    recipe.resize_rule = ResizeRule::cover;
  }
}

ImageSize before_crop(ImageSize size, double crop_pct) {
  return {static_cast<int64_t>(std::floor(double(size.height) / crop_pct)),
          static_cast<int64_t>(std::floor(double(size.width) / crop_pct))};
}

void set_mode(PreprocessRecipe& recipe, CropMode mode) {
  switch (mode) {
    case CropMode::squash:
      recipe.resize_rule = ResizeRule::exact;
      break;
    case CropMode::border:
      recipe.resize_rule = ResizeRule::fit;
      for (size_t c = 0; c < recipe.fill.size(); ++c) {
        // nearbyint rounds half to even, as Python's round does.
        recipe.fill[c] =
            static_cast<uint8_t>(std::clamp(std::nearbyint(255.0 * recipe.mean[c]), 0.0, 255.0));
      }
      break;
    case CropMode::center:
      recipe.resize_rule = recipe.resize.height == recipe.resize.width ? ResizeRule::shortest_edge
                                                                       : ResizeRule::cover;
      break;
  }
}

void override_geometry(PreprocessRecipe& recipe, const RecipeOverrides& overrides) {
  const ImageSize size = overrides.img_size.value_or(recipe.output_size());
  const CropMode mode = overrides.crop_mode.value_or(mode_of(recipe));
  keep_ratio_at(recipe, size);
  if (!overrides.crop_pct && !overrides.crop_mode) return;
  if (overrides.crop_pct) recipe.resize = before_crop(size, *overrides.crop_pct);
  recipe.crop = size;
  set_mode(recipe, mode);
}

}  // namespace

void set_timm_geometry(PreprocessRecipe& recipe, ImageSize size, double crop_pct, CropMode mode) {
  recipe.resize = before_crop(size, crop_pct);
  recipe.crop = size;
  recipe.crop_rounding = CropRounding::half_to_even;
  set_mode(recipe, mode);
}

void apply_overrides(PreprocessRecipe& recipe, const RecipeOverrides& overrides,
                     Provenance& sources) {
  recipe.apply_exif = overrides.apply_exif;
  if (!overrides.apply_exif) sources["exif"] = kFromCommandLine;
  if (overrides.interpolation) {
    recipe.interpolation = *overrides.interpolation;
    sources["interpolation"] = kFromCommandLine;
  }
  if (overrides.mean) {
    recipe.mean = *overrides.mean;
    sources["mean"] = kFromCommandLine;
  }
  if (overrides.std) {
    recipe.std = *overrides.std;
    sources["std"] = kFromCommandLine;
  }
  if (overrides.img_size || overrides.crop_pct || overrides.crop_mode) {
    override_geometry(recipe, overrides);
    sources["resize"] = kFromCommandLine;
    if (recipe.crop) sources["crop"] = kFromCommandLine;
  }
}

const char* name_of(Interpolation interpolation) { return name_in(kInterpolations, interpolation); }
const char* name_of(CropMode mode) { return name_in(kCropModes, mode); }

std::optional<Interpolation> interpolation_named(std::string_view name) {
  return value_in<Interpolation>(kInterpolations, name);
}
std::optional<CropMode> crop_mode_named(std::string_view name) {
  return value_in<CropMode>(kCropModes, name);
}

}  // namespace saccade
