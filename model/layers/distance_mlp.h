// A bias of attention that an MLP computes from the logarithm of the distance between patches, so
// that it suits any grid (Liu et al. 2022, arXiv:2111.09883, section 3.3; as in timm with the
// natural logarithm and without a scale).
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
