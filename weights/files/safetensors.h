// Parses safetensors files, which are not trusted.
// Format: https://github.com/huggingface/safetensors (README, "Format").
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "weights/files/tensor_view.h"

namespace saccade {

/// Parses a safetensors file in memory and returns its tensors, sorted by position. All names,
/// shapes and byte ranges are checked. Throws ModelError, which names `file`. A fuzz target.
std::vector<TensorView> parse_safetensors(std::span<const std::byte> bytes,
                                          const std::string& file);

}  // namespace saccade
