// What the command line may override: preprocessing, by timm's names, and missing files.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "weights/config/provenance.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// timm's crop modes: short edge then crop; both edges then crop; long edge then pad.
enum class CropMode { center, squash, border };

struct RecipeOverrides {
  std::optional<ImageSize> img_size = {};
  std::optional<double> crop_pct = {};
  std::optional<CropMode> crop_mode = {};
  std::optional<Interpolation> interpolation = {};
  std::optional<std::array<double, 3>> mean = {};
  std::optional<std::array<double, 3>> std = {};
  bool use_test_size = false;  ///< use test_input_size and test_crop_pct if the file has them
  bool apply_exif = true;
  std::optional<std::string> architecture = {};          ///< of weights without a config.json
  std::optional<std::filesystem::path> classifier = {};  ///< texts' embeddings, for CLIP and SigLIP
  std::optional<std::filesystem::path> labels = {};      ///< class names, one per line
};

/// Sets resize and crop as timm's transforms_imagenet_eval does: floor(size / crop_pct), then a
/// centre crop. `recipe.mean` must be set: "border" pads with it.
void set_timm_geometry(PreprocessRecipe& recipe, ImageSize size, double crop_pct, CropMode mode);

/// Applies the overrides to a recipe that is not timm's. Keeps its ratio of crop to resize and its
/// resize rule unless they are overridden.
void apply_overrides(PreprocessRecipe& recipe, const RecipeOverrides& overrides,
                     Provenance& sources);

const char* name_of(Interpolation interpolation);
const char* name_of(CropMode mode);
/// Returns nullopt for an unknown name.
std::optional<Interpolation> interpolation_named(std::string_view name);
std::optional<CropMode> crop_mode_named(std::string_view name);

}  // namespace saccade
