// A timm config.json taken apart, and the parts of it that have a file of their own. Private to
// timm_*.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "weights/config/config_reader.h"
#include "weights/config/labels.h"
#include "weights/config/model_config.h"
#include "weights/config/provenance.h"
#include "weights/config/recipe_overrides.h"
#include "weights/describe/preprocess_recipe.h"
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"
#include "weights/timm/timm_entry_points.h"

namespace saccade {

/// config.json in the two forms of timm's _hub._parse_model_cfg: with a nested "pretrained_cfg", or
/// flat, where `pretrained` is the whole. Fields above the nested object win over those in it;
/// model_args win over both.
struct TimmFiles {
  ConfigReader top;
  ConfigReader pretrained;
  ConfigReader args;
};
TimmFiles split_timm_config(const ConfigReader& config);

/// The transformer without its trained image size: what the tensors show is read from them, the
/// rest from config.json or else from the entry point. Throws ModelError where config.json says
/// otherwise than the tensors show, or something that Saccade cannot do.
void resolve_timm_structure(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming,
                            ModelConfig& model);

/// The image size and the rows that the position embedding was trained for. `input` is what the
/// model will be fed.
void resolve_timm_positions(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming, ImageSize input,
                            ModelConfig& model);

/// timm takes what is false in Python (0, "", an empty list) for absent.
bool given(const ConfigReader& config, std::string_view key);

/// The input size that config.json names, whatever the command line says; nullopt: none.
std::optional<ImageSize> timm_input_size(const TimmFiles& files);

/// What timm's resolve_data_config (data/config.py) resolves, with the command line as its `args`.
PreprocessRecipe resolve_timm_recipe(const TimmFiles& files, const RecipeOverrides& overrides,
                                     Provenance& sources);

/// label_names and label_descriptions; without names, 1000 classes are ImageNet-1k's.
Labels resolve_timm_labels(const TimmFiles& files, int64_t classes, Provenance& sources);

}  // namespace saccade
