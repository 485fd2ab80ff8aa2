// The format, size and orientation of an image file, read without decoding it and without OpenCV.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace saccade {

enum class ImageFormat { unknown, jpeg, png, webp, tiff, bmp, pnm, gif, heif, avif, jpeg2000 };

/// Returns the format by a file's first bytes; 16 are enough. The rest of the file may be invalid.
ImageFormat sniff_image(std::span<const std::byte> head);

/// Returns whether `head`, the first bytes of a file (16 are enough), starts an image in a format
/// that read_image() reads.
inline bool is_image(std::span<const std::byte> head) {
  return sniff_image(head) != ImageFormat::unknown;
}

struct ImageHeader {
  ImageFormat format = ImageFormat::unknown;
  int64_t width = 0;        ///< stored columns, before the orientation is applied
  int64_t height = 0;       ///< stored rows
  int orientation = 1;      ///< EXIF 1-8; 1 if absent or outside 1-8
  int bit_depth = 8;        ///< bits per sample
  bool grey = false;        ///< one colour sample per pixel, not a palette index
  bool by_library = false;  ///< decoded by the format's own library, not by OpenCV
  /// Pixels that the codec decodes, where tiles or coded frames reach beyond the picture; else 0.
  uint64_t coded_pixels = 0;
  /// Most bytes that the codec takes, its picture included; 0: see decoding_memory().
  uint64_t codec_bytes = 0;
};

/// Reads the header of an image file, of which `bytes` is the whole. Does not check that the pixel
/// data are complete. Throws ImageError, whose text starts with `name`, if the format is unknown, a
/// side is zero or too long, or the header is cut off or inconsistent.
ImageHeader read_image_header(std::span<const std::byte> bytes, const std::string& name);

/// Returns the pixels that count against the pixel limit: those of the picture, or the coded ones
/// if they are more by a quarter and 256 x 256, which whole tiles are.
uint64_t counted_pixels(const ImageHeader& header);

/// Returns an upper bound, in bytes, of the memory for decoding a file of `file_bytes` and turning
/// it upright, the file and a repaired copy of it included.
uint64_t decoding_memory(const ImageHeader& header, uint64_t file_bytes);

}  // namespace saccade
