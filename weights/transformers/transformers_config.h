// The configuration files of a transformers checkpoint.
#pragma once

#include <filesystem>
#include <string>

#include "weights/config/config_reader.h"
#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"

namespace saccade {

/// Reads the image processor's settings in `folder`: those nested in processor_config.json, else
/// preprocessor_config.json, else an empty object, for which the processor's defaults apply. Throws
/// ModelError or SystemError.
ConfigReader read_processor_config(const std::filesystem::path& folder);

/// Resolves a transformers config.json and its image processor's settings. Throws ModelError.
ModelConfig resolve_transformers_config(const ConfigReader& config, const ConfigReader& processor,
                                        const RecipeOverrides& overrides);

/// Resolves only the preprocessing. `model_type` ("vit", "dinov2") names the processor when its
/// settings do not.
PreprocessRecipe resolve_transformers_recipe(const ConfigReader& processor,
                                             const std::string& model_type,
                                             const RecipeOverrides& overrides, Provenance& sources);

}  // namespace saccade
