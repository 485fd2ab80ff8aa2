// The pictures of make_resample_fixtures.py, for resample_test.cpp and preprocess_test.cpp.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

#include "weights/describe/preprocess_recipe.h"

namespace saccade::test {

/// Equals picture() in the script: byte i is a hash of i and `seed`; with high contrast, 0 or 255.
inline cv::Mat draw_picture(int64_t height, int64_t width, int64_t seed, bool high_contrast) {
  cv::Mat picture(static_cast<int>(height), static_cast<int>(width), CV_8UC3);
  for (int64_t i = 0; i < height * width * 3; ++i) {
    uint32_t h = static_cast<uint32_t>(i) * 2654435761u + static_cast<uint32_t>(seed) * 40503u;
    h ^= h >> 15;
    h *= 2246822519u;
    h ^= h >> 13;
    const uint8_t byte = static_cast<uint8_t>(h >> 8);
    picture.data[i] = high_contrast ? (byte > 127 ? 255 : 0) : byte;
  }
  return picture;
}

inline Interpolation interpolation_named(std::string_view name) {
  if (name == "nearest") return Interpolation::nearest;
  if (name == "box") return Interpolation::box;
  if (name == "bilinear") return Interpolation::bilinear;
  if (name == "hamming") return Interpolation::hamming;
  if (name == "bicubic") return Interpolation::bicubic;
  if (name == "lanczos") return Interpolation::lanczos;
  throw std::invalid_argument("no filter is called " + std::string(name));
}

}  // namespace saccade::test
