// Writes picture files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Writes `rgb` (CV_8UC3) atomically, in the format of the file name's extension (.png, .jpg, .jpeg
/// or .webp, in any case), JPEG and WebP at quality 95. Throws UsageError for other extensions,
/// ImageError if the format does not support the picture's size, and SystemError if the file cannot
/// be written.
void write_picture(const std::filesystem::path& file, const cv::Mat& rgb);

/// Returns the bytes that write_picture() would write to `file`, with the same errors. `quality`,
/// 1-100, is that of JPEG and WebP.
std::vector<uint8_t> encode_picture(const std::filesystem::path& file, const cv::Mat& rgb,
                                    int quality = 95);

/// Writes `values` ([size.height, size.width]) atomically as a 16-bit grey PNG. Throws SystemError
/// if the file cannot be written.
void write_png16(const std::filesystem::path& file, std::span<const uint16_t> values,
                 ImageSize size);

}  // namespace saccade
