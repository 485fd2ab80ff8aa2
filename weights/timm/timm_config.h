// The configuration file of a timm checkpoint.
#pragma once

#include <string>

#include "weights/config/config_reader.h"
#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"

namespace saccade {

/// From a timm config.json, flat or nested; depth, width and class count from the tensors' shapes.
/// The preprocessing is what timm's resolve_model_data_config resolves. Throws ModelError.
ModelConfig resolve_timm_config(const ConfigReader& config, const TensorFile& tensors,
                                const FoundNaming& naming, const RecipeOverrides& overrides);

/// "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k" -> "vit_tiny_patch16_224"
std::string timm_entry_name(std::string architecture);

}  // namespace saccade
