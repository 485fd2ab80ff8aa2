// Checkpoints of random weights in memory, for benchmarks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weights/checkpoint.h"

namespace saccade {

/// The architectures, named as timm names them:
/// vit_{tiny,small,base,large}_patch{14,16,32}_{224,384}.
std::vector<std::string> random_architectures();

/// The transformer of that name, with 1000 classes. Throws UsageError that lists the names.
VitDescription named_vit(std::string_view architecture);

/// A checkpoint of that transformer whose weights are in an unnamed file in memory, like a file in
/// a warm page cache. Norm weights are 1, all others uniform around 0 with a deviation of 0.02.
/// Equal seeds give equal weights. Throws UsageError as above, and SystemError if there is not
/// enough memory.
Checkpoint random_checkpoint(std::string_view architecture, uint64_t seed = 2024);

}  // namespace saccade
