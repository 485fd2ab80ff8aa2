// Samples of a TIFF to R,G,B, as Pillow converts them.
#pragma once

#include <cstdint>
#include <span>

namespace saccade {

/// The values that the tags of a TIFF have for its kinds of samples (TIFF 6.0).
struct TiffKind {
  uint64_t depth = 1;        ///< bits of one sample
  uint64_t samples = 1;      ///< of one pixel
  uint64_t photometric = 0;  ///< 0 and 1 grey, 2 R,G,B, 3 palette, 5 CMYK, 6 Y'CbCr
  uint64_t format = 1;       ///< 1 unsigned, 2 signed, 3 floating
  uint64_t extra = 0;        ///< meaning of the first extra sample: 1 premultiplied alpha, 2 alpha
  bool apart = false;        ///< samples lie in planes
};

/// Returns whether tiff_samples_to_rgb() converts samples of this kind.
bool has_tiff_samples(const TiffKind& kind);

/// Converts a row of pixels, samples of a pixel side by side and in the machine's byte order.
/// `rgb` is three times as long as the row has pixels. `palette` has three tables, one after the
/// other, of 2^depth high bytes; it is empty for other photometrics.
void tiff_samples_to_rgb(const TiffKind& kind, std::span<const uint8_t> row,
                         std::span<const uint8_t> palette, std::span<uint8_t> rgb);

}  // namespace saccade
