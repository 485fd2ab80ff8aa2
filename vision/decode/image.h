// From a picture file to upright 8-bit RGB pixels, equal to what Pillow gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <span>
#include <string>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

struct DecodeOptions {
  uint64_t max_pixels = 200'000'000;  ///< a header that claims more is an error
  bool apply_exif = true;             ///< turn the picture upright by its orientation
};

/// Reads a picture as 8-bit R,G,B of [height, width, 3] (CV_8UC3), the pixels of Pillow's
/// `ImageOps.exif_transpose(Image.open(file)).convert("RGB")`; without `apply_exif`, of
/// `Image.open(file).convert("RGB")`, which turns TIFF upright all the same.
///
/// As there: alpha and transparent colours are dropped, not blended; 16-bit colour keeps its high
/// bytes; 16-bit grey is clipped at 255; CMYK JPEG counts as inverted; no colour profile is
/// applied; of an animation or a file of several pages the first is read.
///
/// Differences from Pillow 13 that remain.
/// Other pixels:
/// - CMYK in JPEG and TIFF: up to 2 levels off, by OpenCV's and libtiff's own rounding;
/// - 16-bit BMP: up to 7 levels off, because OpenCV does not spread 5 bits over 0-255;
/// - TIFF with premultiplied alpha keeps its colours multiplied;
/// - an orientation in a PNG's "Raw profile type exif" text or in compressed XMP is not seen;
/// - Pillow misreads an uncompressed grey TIFF of orientation 5-8 when it opens it by path.
/// Kinds refused here:
/// - lossless JPEG; BMP with unusual masks or over 256 colours;
/// - TIFF of signed or floating samples, of more than 4 samples or 16 bits, of 16-bit samples in
///   planes, of 16-bit CMYK, in uncompressed 8-bit tiles (OpenCV fails on them in memory), and
///   compressed otherwise than by CCITT, LZW, JPEG, Deflate, PackBits;
/// - an animated WebP whose first frame is not the whole picture;
/// - every format that image_header.h does not list.
/// Damaged files refused here, read there:
/// - a header that claims more pixels than the data can hold: PNG rows or TIFF strips are missing,
///   or a JPEG has less than a bit for each 8 x 8 block;
/// - a TIFF whose directory is cut off, a JPEG that goes on with other bytes in place of its end
///   marker, a PNG with damage in the last bytes of its pixels.
/// Damaged files read here, refused there:
/// - a TIFF compressed by CCITT or JPEG whose data are damaged but not cut;
/// - a WebP animation that is damaged after its first frame.
///
/// Throws ImageError, which names the file: missing, a folder, unreadable, empty, of an unknown
/// format, over the pixel limit, zero-sized, cut off, or damaged beyond what Pillow reads.
/// Nothing is printed. May be called from several threads.
cv::Mat read_image(const std::filesystem::path& file, const DecodeOptions& options = {});

/// The same for the bytes of a file; `name` stands for it in errors.
cv::Mat decode_image(std::span<const std::byte> bytes, const std::string& name,
                     const DecodeOptions& options = {});

/// A picture that may have been decoded smaller than it is.
struct ReducedImage {
  cv::Mat rgb;     ///< as read_image gives it, but for its size
  ImageSize full;  ///< what the upright picture measures as it is
};

/// The same at 1/2, 1/4 or 1/8 of the size where the file is a JPEG and both sides stay at least
/// `at_least` pixels: the smallest of these, sides rounded up, by the inverse DCTs of fewer points
/// that libjpeg has for it. Faster than decoding all; pixels come near to the means of the squares
/// that they stand for. Any other picture, and any for which `at_least` is 0, comes as it is.
ReducedImage read_reduced_image(const std::filesystem::path& file, int64_t at_least,
                                const DecodeOptions& options = {});

}  // namespace saccade
