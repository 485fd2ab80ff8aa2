// Encodes pictures as files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Returns the contents of a file called `file` with the picture `rgb` (CV_8UC3), in the format of
/// its extension (.png, .jpg, .jpeg or .webp, in any case). `quality`, 1-100, is that of JPEG and
/// WebP. Throws UsageError for other extensions, ImageError if the format does not support the
/// picture's size.
std::vector<uint8_t> encode_picture(const std::filesystem::path& file, const cv::Mat& rgb,
                                    int quality = 95);

/// Returns the contents of a 16-bit grey PNG of `values` ([size.height, size.width]).
std::vector<uint8_t> encode_png16(std::span<const uint16_t> values, ImageSize size);

/// Whether a file with these first bytes is a PNG of this program: its text chunk "Software" says
/// so.
bool begins_as_our_png(std::string_view head);

}  // namespace saccade
