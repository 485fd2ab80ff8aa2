// Checks that a compressed TIFF strip decompresses: OpenCV ignores libtiff's errors and returns
// black pixels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace saccade {

/// Throws ImageError if `packed` is Deflate (compression 8 or 32946), LZW (5) or PackBits (32773)
/// data that are damaged or hold less than `raw_bytes`. Does not check other compressions.
void check_tiff_strip(uint64_t compression, std::span<const std::byte> packed, uint64_t raw_bytes);

}  // namespace saccade
