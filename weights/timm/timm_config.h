// The configuration file of a timm checkpoint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weights/config/config_reader.h"
#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"

namespace saccade {

/// Resolves a timm config.json, flat or nested. Depth, width and class count come from the tensors'
/// shapes; preprocessing is that of timm's resolve_model_data_config. Throws ModelError if the file
/// and the tensors disagree, or ask for something that Saccade cannot do.
ModelConfig resolve_timm_config(const ConfigReader& config, const TensorFile& tensors,
                                const FoundNaming& naming, const RecipeOverrides& overrides);

/// Throws ModelError with the name of "architecture" if Saccade does not run it.
void check_timm_architecture(const ConfigReader& config);

/// "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k" -> "vit_tiny_patch16_224"
std::string timm_entry_name(std::string architecture);

/// The arguments of timm's constructors that "model_args" may name.
const std::vector<std::string_view>& timm_args();

}  // namespace saccade
