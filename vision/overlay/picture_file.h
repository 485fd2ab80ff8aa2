// Writing picture files, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Writes `rgb` (CV_8UC3) in the format that the name of `file` ends in (.png, .jpg, .jpeg or
/// .webp, whatever their case), JPEG and WebP at quality 95, as write_file_atomically() does.
/// Throws UsageError, which lists the endings, where it is none of them; ImageError, which names
/// the file, where the format cannot hold a picture of that size; SystemError where it cannot be
/// written.
void write_picture(const std::filesystem::path& file, const cv::Mat& rgb);

/// The bytes that write_picture() would give a file of that name, with the same errors; JPEG and
/// WebP at another `quality`, 1-100, where one is given.
std::vector<uint8_t> encode_picture(const std::filesystem::path& file, const cv::Mat& rgb,
                                    int quality = 95);

/// Writes `values` ([size.height, size.width]) as a PNG of 16-bit grey, in the same way.
void write_png16(const std::filesystem::path& file, std::span<const uint16_t> values,
                 ImageSize size);

}  // namespace saccade
