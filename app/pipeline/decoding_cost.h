// Estimates the memory that a picture needs, from its header.
#pragma once

#include <cstdint>

#include "app/pipeline/memory_budget.h"
#include "vision/decode/image_file.h"

namespace saccade {

/// An upper bound, in bytes, of the memory for reading, decoding and preprocessing `file`. If the
/// header is not in the first part of the file, the whole file is read, with its size reserved in
/// `budget`. A file that is refused before decoding counts with its size. Throws ImageError if the
/// bound exceeds the budget's limit.
uint64_t decoding_bytes(const ImageFile& file, uint64_t max_pixels, MemoryBudget& budget);

}  // namespace saccade
