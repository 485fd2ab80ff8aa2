// Resizes pictures to the same bytes as Pillow.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// A rectangle of pixels: rows [top, top + height), columns [left, left + width).
struct PixelRect {
  int64_t top = 0;
  int64_t left = 0;
  int64_t height = 0;
  int64_t width = 0;
};

/// Resizes `src` ([h, w] 8-bit RGB, CV_8UC3, not empty) to `size`, antialiased. The bytes equal
/// those of Image.resize in Pillow up to 12.1: the first pass runs along x and rounds to 8 bits,
/// the second along y; an axis that keeps its length has no pass. (Later versions run along y first
/// for some pictures, 13.0 if the height shrinks by more than twice as many pixels as the width,
/// and round differently there.) The result owns its pixels. Throws ImageError if a picture is so
/// long and thin that the intermediate result would not fit in memory.
cv::Mat resample(const cv::Mat& src, ImageSize size, Interpolation interpolation);

/// Computes only the part `region` of the same result. `region` lies within `size`, which may be
/// larger than memory.
cv::Mat resample(const cv::Mat& src, ImageSize size, Interpolation interpolation,
                 const PixelRect& region);

}  // namespace saccade
