// Reads an image file to upright 8-bit RGB pixels, equal to those of Pillow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "vision/decode/image_file.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

struct DecodeOptions {
  uint64_t max_pixels = 200'000'000;  ///< a header with more, stored or coded, is an error
  /// A header by which decoding_memory() is more, in bytes, is an error.
  uint64_t max_memory = UINT64_MAX;
  bool apply_exif = true;  ///< turn the picture upright by its orientation
};

/// Reads an image as 8-bit R,G,B, [height, width, 3] (CV_8UC3). The pixels equal Pillow's
/// `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`, or without `apply_exif`
/// `Image.open(file).convert("RGB")`, which still turns TIFF upright.
///
/// As in Pillow: alpha and transparent colours are dropped, not blended; 16-bit colour keeps its
/// high bytes; 16-bit, signed and floating grey is clipped at 0 and 255; CMYK JPEG is taken as
/// inverted; colour profiles are ignored; only the first frame or page is read, or the primary
/// picture. HEIF is turned by its container alone, also without `apply_exif`, as pillow-heif does.
///
/// README.md in this folder has the table of formats, and what differs from Pillow 13.
///
/// Throws ImageError, which names the file, if it is missing, not a regular file, unreadable,
/// empty, of an unknown format, over the pixel limit, zero-sized, cut off, or damaged. Prints
/// nothing. Thread-safe.
cv::Mat read_image(const std::filesystem::path& file, const DecodeOptions& options = {});

/// The same for the bytes of a file. Errors name it `name`.
cv::Mat decode_image(std::span<const std::byte> bytes, const std::string& name,
                     const DecodeOptions& options = {});

/// An image that may have been decoded at a reduced size.
struct ReducedImage {
  cv::Mat rgb;     ///< as from read_image(), at full or reduced size
  ImageSize full;  ///< the size of the upright image in the file
};

/// Reads a JPEG at 1/2, 1/4 or 1/8 of its size (sides rounded up): the smallest for which both
/// sides have at least `at_least` pixels. Uses libjpeg's reduced inverse DCTs, which is faster than
/// decoding the whole image; each pixel is close to the mean of the pixels that it replaces. Reads
/// other formats, and everything if `at_least` is 0, at full size.
ReducedImage read_reduced_image(const ImageFile& file, int64_t at_least,
                                const DecodeOptions& options = {});

}  // namespace saccade
