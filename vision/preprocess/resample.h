// Resizing that equals Pillow's, bit for bit.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Whole pixels of a picture: rows [top, top + height), columns [left, left + width).
struct PixelRect {
  int64_t top = 0;
  int64_t left = 0;
  int64_t height = 0;
  int64_t width = 0;
};

/// `src` ([h, w] 8-bit RGB, CV_8UC3, not empty) resized to `size`: the bytes that Image.resize of
/// Pillow through 12.1 gives. Antialiased; along x first, rounded to 8 bits, then along y; an axis
/// that keeps its length is left alone. (Later Pillows go along y first for some pictures, 13.0
/// where the height falls by more than twice as many pixels as the width, and round differently
/// there.) The result owns its pixels. Throws ImageError where a picture is so long and thin that
/// the step between would not fit in memory.
cv::Mat resample(const cv::Mat& src, ImageSize size, Interpolation interpolation);

/// The part `region` of the same result, and only its work. `region` lies within `size`, which may
/// then be far larger than memory.
cv::Mat resample(const cv::Mat& src, ImageSize size, Interpolation interpolation,
                 const PixelRect& region);

}  // namespace saccade
