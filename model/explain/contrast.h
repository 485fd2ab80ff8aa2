// The parts of the method "saccade", beside the conservative backward pass and Relevance: what
// distinguishes a class from its rivals, averaged over three placements of the patch grid.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// The target of a backward pass [classes]: the logit of class `index` minus the mean of the 20
/// highest others (all others, where there are fewer). What raises all of them alike, such as
/// "there is an animal", cancels; contrasting relevance is from Gu et al. 2018 (arXiv:1812.02100).
std::vector<float> contrast_target(std::span<const float> logits, int64_t index);

/// By how many pixels the picture is moved, down and to the right: nothing, and half a patch either
/// way, so that the borders between patches fall elsewhere.
std::array<int64_t, 3> grid_placements(int64_t patch);

/// pixels [channels, H, W] moved down and to the right by `shift` (negative: up and to the left);
/// what comes in repeats the edge. `moved` has the same shape.
void move_picture(std::span<const float> pixels, int64_t channels, ImageSize size, int64_t shift,
                  std::span<float> moved);

/// The map of a picture that was moved by `patches` (a fraction), moved back: bilinear, the edge
/// repeated.
std::vector<float> move_map_back(std::span<const float> map, ImageSize grid, double patches);

}  // namespace saccade
