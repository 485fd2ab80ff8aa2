// A bias of attention for the distance from patch to patch that an MLP makes of the distance's
// logarithm (Liu et al. 2022, arXiv:2111.09883, section 3.3; the natural logarithm and no scale, as
// timm has it), so that it suits any grid.
#pragma once

#include <string>
#include <vector>

#include "weights/describe/preprocess_recipe.h"
#include "weights/weights.h"

namespace saccade {

/// [(2 h - 1) (2 w - 1), heads] for a grid of h x w: fc2(relu(fc1(c))), where c is
/// sign(x) log(1 + |x|) of the distance down, from -(h - 1), and across, from -(w - 1). `mlp` is
/// the prefix of its parameters.
std::vector<float> bias_of_distances(const Weights& weights, const std::string& mlp,
                                     ImageSize grid);

}  // namespace saccade
