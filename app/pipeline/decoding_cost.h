// What a picture costs before it is decoded.
#pragma once

#include <cstdint>
#include <string>

#include "app/pipeline/memory_budget.h"

namespace saccade {

/// The memory in bytes that reading, decoding and preparing `file` takes at the most, from its size
/// and its header. Where the header lies beyond the first part of the file, the file's size is
/// taken from `budget` while it is read. A file that will be refused before it is decoded costs its
/// bytes. Throws ImageError where it is more than `budget` holds.
uint64_t decoding_bytes(const std::string& file, uint64_t max_pixels, MemoryBudget& budget);

}  // namespace saccade
