// Pixels of a TIFF by libtiff itself, for the kinds that OpenCV does not read or reads otherwise
// than Pillow.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vision/decode/byte_view.h"
#include "vision/decode/tiff_samples.h"

namespace saccade {

/// Where the pixels lie: blocks (strips or tiles) of equal size, row by row from the top. If
/// samples are stored in planes, each plane has its own set of blocks.
struct TiffBlocks {
  std::vector<uint64_t> offsets, byte_counts;
  uint64_t width, height;  ///< of one block, in pixels
  bool tiled;
};

/// Returns whether this build has libtiff. It may still fail to load.
bool has_tiff_library();

/// Decodes the first picture of the file to R,G,B rows of `width` pixels. The blocks have been
/// checked to lie within the file, and has_tiff_samples() holds. Throws ImageError.
void decode_tiff_by_library(ByteView file, const TiffKind& kind, const TiffBlocks& blocks,
                            int64_t width, std::span<const uint8_t> palette,
                            std::span<uint8_t> rgb);

}  // namespace saccade
