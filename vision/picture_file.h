// Writing picture files, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "weights/preprocess_recipe.h"

namespace saccade {

/// Throws UsageError, which lists the allowed endings, where write_picture() would not know the
/// format of `file`: .png, .jpg, .jpeg or .webp, whatever their case.
void check_picture_name(const std::filesystem::path& file);

/// Writes `rgb` (CV_8UC3) in the format that the name of `file` ends in; JPEG and WebP at quality
/// 95. A file of that name is replaced.
///
/// The bytes go to a new file beside it, which then takes the name: whoever looks at `file` sees
/// the old one or the whole new one, also where the program is ended midway. Throws UsageError as
/// check_picture_name() does, and SystemError, which names the file, where the format cannot hold
/// the picture or the bytes cannot be written; nothing is left behind then.
void write_picture(const std::filesystem::path& file, const cv::Mat& rgb);

/// The bytes that write_picture() would give a file of that name, with the same errors.
std::vector<uint8_t> encode_picture(const std::filesystem::path& file, const cv::Mat& rgb);

/// Writes `values` ([size.height, size.width]) as a PNG of 16-bit grey, in the same way.
void write_png16(const std::filesystem::path& file, std::span<const uint16_t> values,
                 ImageSize size);

}  // namespace saccade
