// Reads an image file to upright 8-bit RGB pixels, equal to those of Pillow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

struct DecodeOptions {
  uint64_t max_pixels = 200'000'000;  ///< a header with more is an error
  bool apply_exif = true;             ///< turn the picture upright by its orientation
};

/// Reads an image as 8-bit R,G,B, [height, width, 3] (CV_8UC3). The pixels equal Pillow's
/// `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`, or without `apply_exif`
/// `Image.open(file).convert("RGB")`, which still turns TIFF upright.
///
/// As in Pillow: alpha and transparent colours are dropped, not blended; 16-bit colour keeps its
/// high bytes; 16-bit grey is clipped at 255; CMYK JPEG is taken as inverted; colour profiles are
/// ignored; only the first frame or page is read.
///
/// Differences from Pillow 13:
/// Different pixels:
/// - CMYK in JPEG and TIFF: up to 2 levels off, because OpenCV and libtiff round differently;
/// - 16-bit BMP: up to 7 levels off, because OpenCV does not scale 5 bits to 0-255;
/// - TIFF with premultiplied alpha: colours stay multiplied;
/// - an orientation in a PNG's "Raw profile type exif" text or in compressed XMP is ignored;
/// - Pillow misreads an uncompressed grey TIFF of orientation 5-8 when it opens it by path.
/// Formats rejected here:
/// - lossless JPEG; BMP with unusual masks or over 256 colours;
/// - TIFF of signed or floating samples, of more than 4 samples or 16 bits, of 16-bit samples in
///   planes, of 16-bit CMYK, in uncompressed 8-bit tiles (OpenCV cannot read them from memory), and
///   with a compression other than CCITT, LZW, JPEG, Deflate and PackBits;
/// - an animated WebP whose first frame is not the whole picture;
/// - every format without a reader in format_reader.h.
/// Damaged files rejected here but read by Pillow:
/// - the header claims more pixels than the data can hold: PNG rows or TIFF strips are missing, or
///   a JPEG has less than one bit per 8 x 8 block;
/// - a TIFF whose directory is cut off, a JPEG with other bytes in place of its end marker, a PNG
///   with damage in the last bytes of its pixels.
/// Damaged files read here but rejected by Pillow:
/// - a TIFF compressed by CCITT or JPEG whose data are damaged but not cut;
/// - a WebP animation that is damaged after its first frame.
///
/// Throws ImageError, which names the file, if it is missing, a folder, unreadable, empty, of an
/// unknown format, over the pixel limit, zero-sized, cut off, or damaged. Prints nothing.
/// Thread-safe.
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
ReducedImage read_reduced_image(const std::filesystem::path& file, int64_t at_least,
                                const DecodeOptions& options = {});

}  // namespace saccade
