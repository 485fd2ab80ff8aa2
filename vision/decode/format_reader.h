// What each image format provides: how to recognise a file, read its header and prepare it for the
// codec. These functions run on untrusted bytes before any codec does. They throw ImageError
// without the file's name, and accept what Pillow 13 accepts except where a comment says otherwise.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "vision/decode/byte_view.h"
#include "vision/decode/image_header.h"

namespace saccade {

/// A part of the picture, in pixels. What lies outside it is black.
struct CanvasPart {
  int64_t x, y, width, height;
};

/// A complete file for cv::imdecode: the original bytes, or a rewritten copy with only what the
/// codec needs.
class CodecInput {
 public:
  explicit CodecInput(std::span<const std::byte> original) : original_(original) {}
  explicit CodecInput(std::vector<std::byte> rewritten) : rewritten_(std::move(rewritten)) {}
  CodecInput(std::vector<std::byte> rewritten, CanvasPart part)
      : rewritten_(std::move(rewritten)), part_(part) {}

  std::span<const std::byte> bytes() const {
    return rewritten_.empty() ? original_ : std::span<const std::byte>(rewritten_);
  }
  /// Which part of the picture the codec's picture is; nullopt for the whole.
  const std::optional<CanvasPart>& part() const { return part_; }

 private:
  std::span<const std::byte> original_;
  std::vector<std::byte> rewritten_;
  std::optional<CanvasPart> part_;
};

struct FormatReader {
  ImageFormat format;
  std::string_view name;  ///< for messages: "JPEG"

  /// Returns whether a file that starts with `head` (16 bytes are enough) has this format.
  bool (*matches)(ByteView head);

  ImageHeader (*read_header)(ByteView file);

  /// Checks that the file is complete, and repairs what the codec would reject or misread although
  /// Pillow reads it. `header` is the file's own; its size has been checked against the limits.
  CodecInput (*make_codec_input)(ByteView file, const ImageHeader& header) = nullptr;

  /// Decodes a file whose header says `by_library` with the format's own library, to R,G,B rows of
  /// 3 * width bytes. Throws ImageError if it cannot fill `rgb`, which has the size of the header.
  void (*decode)(ByteView file, const ImageHeader& header, std::span<uint8_t> rgb) = nullptr;
};

extern const FormatReader jpeg_reader, png_reader, webp_reader, tiff_reader, bmp_reader, pnm_reader,
    gif_reader, avif_reader, heif_reader, jpeg2000_reader;

/// Every format that Saccade reads. The order is that of error messages.
inline constexpr std::array format_readers{
    &jpeg_reader, &png_reader, &webp_reader, &tiff_reader, &bmp_reader,
    &pnm_reader,  &gif_reader, &avif_reader, &heif_reader, &jpeg2000_reader};

/// Returns the reader of `format`, which is not ImageFormat::unknown.
const FormatReader& reader_of(ImageFormat format);

}  // namespace saccade
