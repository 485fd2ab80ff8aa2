// Y'CbCr to R,G,B as libyuv computes it, which Pillow uses for AVIF.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace saccade {

/// One plane of 8-bit samples.
struct SamplePlane {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> samples;

  const uint8_t* row(int64_t y) const { return samples.data() + y * width; }
};

/// How colour was made from R,G,B: the shares of red and blue in luma, and the range of the
/// samples.
struct YcbcrMatrix {
  double red, blue;
  bool full_range;  ///< 0-255, else 16-235 and 16-240
};

/// Returns the matrix that has this number of matrix coefficients (ISO/IEC 23091-2), or nullopt.
/// Unspecified ones (2) are BT.601.
std::optional<YcbcrMatrix> find_ycbcr_matrix(int coefficients, bool full_range);

/// A picture in planes. Chroma planes are empty for grey, or have the full or half the width or
/// height of luma, rounded up.
struct YcbcrPicture {
  SamplePlane luma, blue_chroma, red_chroma;
};

/// Writes rows of R,G,B. Halved chroma is interpolated linearly: the nearer sample weighs 3, the
/// farther 1, in each direction; the last column of an odd width takes the last sample alone.
/// Constants have 6 bits after the point.
void ycbcr_to_rgb(const YcbcrPicture& picture, const YcbcrMatrix& matrix, std::span<uint8_t> rgb);

}  // namespace saccade
