// What a checkpoint's configuration files say, resolved: the transformer, its preprocessing, its
// labels, and where each value came from.
#pragma once

#include <filesystem>
#include <string>

#include "weights/config/config_reader.h"
#include "weights/config/family.h"
#include "weights/config/labels.h"
#include "weights/config/provenance.h"
#include "weights/describe/preprocess_recipe.h"
#include "weights/describe/vit_description.h"
#include "weights/files/safetensors.h"
#include "weights/naming/naming.h"
#include "weights/recipe_overrides.h"

namespace saccade {

/// How logits become scores, by the Hugging Face pipeline's names.
enum class ScoreActivation { softmax, sigmoid, none };

struct ModelConfig {
  const Family* family = nullptr;
  std::string architecture;  ///< as the file spells it
  VitDescription vit;
  PreprocessRecipe recipe;
  Labels labels;
  ScoreActivation activation = ScoreActivation::softmax;
  Provenance sources;
};

/// The image processor's settings in `folder`: those nested in processor_config.json, else
/// preprocessor_config.json, else none, which leaves the processor's defaults. Throws ModelError or
/// SystemError.
ConfigReader read_processor_config(const std::filesystem::path& folder);

/// From a transformers config.json and its image processor's settings. Throws ModelError.
ModelConfig resolve_transformers_config(const ConfigReader& config, const ConfigReader& processor,
                                        const RecipeOverrides& overrides);

/// The preprocessing alone. `model_type` ("vit", "dinov2") names the processor when its settings do
/// not.
PreprocessRecipe resolve_transformers_recipe(const ConfigReader& processor,
                                             const std::string& model_type,
                                             const RecipeOverrides& overrides, Provenance& sources);

/// From a timm config.json, flat or nested; depth, width and class count from the tensors' shapes.
/// The preprocessing is what timm's resolve_model_data_config resolves. Throws ModelError.
ModelConfig resolve_timm_config(const ConfigReader& config, const TensorFile& tensors,
                                const FoundNaming& naming, const RecipeOverrides& overrides);

/// "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k" -> "vit_tiny_patch16_224"
std::string timm_entry_name(std::string architecture);

/// Without a config.json: of the timm model that --arch names, or the file itself ("arch"), with
/// the preprocessing that timm has for that name. Throws ModelError.
ModelConfig resolve_nameless(const TensorFile& tensors, const FoundNaming& naming,
                             const RecipeOverrides& overrides, const std::string& file);

/// Throws ModelError naming `file` unless the description is one that can be run: positive sizes
/// within limits, D divisible by the heads, an image of at least one patch.
void validate(const VitDescription& vit, const std::string& file);
/// Likewise, unless every side of the sizes before and after cropping is 1 .. kMaxSide.
void validate(const PreprocessRecipe& recipe, const std::string& file);

const char* name_of(ScoreActivation activation);
/// By transformers' ACT2FN names; throws ModelError that names `file` for one that is not there.
Activation activation_named(const std::string& name, const std::string& file);

}  // namespace saccade
