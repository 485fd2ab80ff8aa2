// Checkpoints of random weights, for measuring: they exist in memory alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weights/checkpoint.h"

namespace saccade {

/// The architectures there are, by timm's names or made like them:
/// vit_{tiny,small,base,large}_patch{14,16,32}_{224,384}.
std::vector<std::string> random_architectures();

/// The transformer of that name, with 1000 classes. Throws UsageError that lists what there is.
VitDescription named_vit(std::string_view architecture);

/// A checkpoint of it whose weights lie in an unnamed file in memory, as a file in a warm page
/// cache would. Norm weights are 1; all others are uniform around 0 with a deviation of 0.02. Equal
/// seeds give equal weights. Throws UsageError as above, and SystemError where memory lacks.
Checkpoint random_checkpoint(std::string_view architecture, uint64_t seed = 2024);

}  // namespace saccade
