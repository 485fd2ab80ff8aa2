// The configuration files of a transformers checkpoint.
#pragma once

#include <filesystem>
#include <string>

#include "weights/config/config_reader.h"
#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/files/tensor_file.h"

namespace saccade {

/// Reads the image processor's settings in `folder`: those nested in processor_config.json, else
/// preprocessor_config.json, else an empty object, for which the processor's defaults apply. Throws
/// ModelError or SystemError.
ConfigReader read_processor_config(const std::filesystem::path& folder);

/// Throws ModelError with the name of the architecture if Saccade does not run it.
void check_transformers_architecture(const ConfigReader& config);

/// Resolves a transformers config.json and its image processor's settings. Where config.json has no
/// "architectures", `tensors` show which classifier there is. Throws ModelError.
ModelConfig resolve_transformers_config(const ConfigReader& config, const ConfigReader& processor,
                                        const RecipeOverrides& overrides,
                                        const TensorFile* tensors = nullptr);

/// Resolves only the preprocessing. `model_type` ("vit", "dinov2") names the processor when its
/// settings do not.
PreprocessRecipe resolve_transformers_recipe(const ConfigReader& processor,
                                             const std::string& model_type,
                                             const RecipeOverrides& overrides, Provenance& sources);

}  // namespace saccade
