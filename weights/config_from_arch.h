// Weights without a config.json beside them, as timm's trainer leaves them.
#pragma once

#include <string>

#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"

namespace saccade {

/// Without a config.json: of the timm model that --arch names, or the file itself ("arch"), with
/// the preprocessing that timm has for that name. Throws ModelError.
ModelConfig config_from_arch(const TensorFile& tensors, const FoundNaming& naming,
                             const RecipeOverrides& overrides, const std::string& file);

}  // namespace saccade
