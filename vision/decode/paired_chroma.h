// Chroma that a codec repeated over pairs of rows, interpolated.
#pragma once

#include <cstdint>
#include <span>

#include "vision/decode/ycbcr.h"

namespace saccade {

/// Interpolates the chroma of a picture in rows of R,G,B, whose rows 2 i and 2 i + 1 have the same
/// chroma: the nearer pair weighs 3, the farther 1. The first row, and the last of an even number,
/// keep theirs. Luma stays.
void interpolate_paired_rows(std::span<uint8_t> rgb, int64_t width, const YcbcrMatrix& matrix);

}  // namespace saccade
