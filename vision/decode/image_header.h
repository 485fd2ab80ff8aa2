// What a picture file says of itself, read without decoding and without OpenCV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

enum class ImageFormat { unknown, jpeg, png, webp, tiff, bmp, pnm };

/// "JPEG", "PNG", ...
std::string_view format_name(ImageFormat format);

/// The format by the file's first bytes; 16 are enough. Says nothing about the rest of the file.
ImageFormat sniff_image(std::span<const std::byte> head);

/// Whether the first bytes (16 are enough) are those of a picture that read_image may read.
inline bool is_image(std::span<const std::byte> head) {
  return sniff_image(head) != ImageFormat::unknown;
}

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int64_t width = 0;    ///< stored columns, before the orientation is applied
  int64_t height = 0;   ///< stored rows
  int orientation = 1;  ///< EXIF 1-8; absent or outside 1-8 reads as 1
  int bit_depth = 8;    ///< bits of one sample
  bool grey = false;    ///< one colour sample, not a palette
};

/// Reads the header of a whole picture file. `name` begins the error text.
/// Throws ImageError: unknown format, zero-sized, header cut off or contradicting itself. That the
/// pixels are all there is not checked here.
ImageHeader read_image_header(std::span<const std::byte> bytes, const std::string& name);

}  // namespace saccade
