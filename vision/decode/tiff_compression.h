// Whether a compressed TIFF strip decompresses: OpenCV does not ask libtiff, and shows black.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace saccade {

/// Throws ImageError where `packed` is Deflate (compression 8 or 32946), LZW (5) or PackBits
/// (32773) data that are damaged or hold less than `raw_bytes`. Other compressions pass unseen.
void check_tiff_strip(uint64_t compression, std::span<const std::byte> packed, uint64_t raw_bytes);

}  // namespace saccade
