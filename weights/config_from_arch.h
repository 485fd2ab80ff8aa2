// The configuration of weights without a config.json, as timm's trainer writes them.
#pragma once

#include <string>

#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"

namespace saccade {

/// Resolves the timm model that --arch or "arch" in the file names, with timm's preprocessing for
/// that name. Throws ModelError.
ModelConfig config_from_arch(const TensorFile& tensors, const FoundNaming& naming,
                             const RecipeOverrides& overrides, const std::string& file);

}  // namespace saccade
