// The configuration of torchvision's VisionTransformer, whose weights come without a file that
// describes them.
#pragma once

#include <string>

#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/files/tensor_file.h"
#include "weights/naming/naming.h"

namespace saccade {

/// Resolves a state dict with torchvision's names: sizes by the tensors, heads and preprocessing as
/// torchvision's builders and weights have them for these sizes. A name of the file with "swag"
/// says that its weights are of SWAG. Throws ModelError, or UsageError for an option that is for
/// timm.
ModelConfig config_from_torchvision(const TensorFile& tensors, const FoundNaming& naming,
                                    const RecipeOverrides& overrides, const std::string& file);

}  // namespace saccade
