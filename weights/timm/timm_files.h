// The parts of a timm config.json and the functions that resolve each of them. Private to timm/.
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
/// flat, in which case `pretrained` is the whole file. Fields outside the nested object override
/// those inside; model_args override both.
struct TimmFiles {
  ConfigReader top;
  ConfigReader pretrained;
  ConfigReader args;
};
TimmFiles split_timm_config(const ConfigReader& config);

/// Resolves the transformer except its trained image size: from the tensors where they show a
/// value, else from config.json, else from the entry point. Throws ModelError if config.json
/// contradicts the tensors or asks for something that Saccade cannot do.
void resolve_timm_structure(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming,
                            ModelConfig& model);

/// Resolves the image size and the rows that the position embedding was trained for. `input` is the
/// size of the model's input.
void resolve_timm_positions(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming, ImageSize input,
                            ModelConfig& model);

/// Whether a key has a value that is true in Python: timm treats 0, "" and [] as absent.
bool given(const ConfigReader& config, std::string_view key);

/// The input size in config.json, ignoring the command line, or nullopt.
std::optional<ImageSize> timm_input_size(const TimmFiles& files);

/// As timm's resolve_data_config (data/config.py), with the command line as its `args`.
PreprocessRecipe resolve_timm_recipe(const TimmFiles& files, const RecipeOverrides& overrides,
                                     Provenance& sources);

/// Reads label_names and label_descriptions. Without names, the number of classes tells
/// which list of ImageNet's it is, as in timm.
Labels resolve_timm_labels(const TimmFiles& files, int64_t classes, Provenance& sources);

}  // namespace saccade
