// One pair of functions per file format: read the header; check the rest and make what the codec
// is given. They run on untrusted bytes before any codec does, throw ImageError without the file's
// name, and accept what Pillow 13 accepts, except where a comment says so.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "vision/decode/byte_view.h"
#include "vision/decode/image_header.h"

namespace saccade {

/// A complete file for cv::imdecode: the original bytes, or a rewritten copy that holds what the
/// picture needs and nothing else.
class CodecInput {
 public:
  explicit CodecInput(std::span<const std::byte> original) : original_(original) {}
  explicit CodecInput(std::vector<std::byte> rewritten) : rewritten_(std::move(rewritten)) {}

  std::span<const std::byte> bytes() const {
    return rewritten_.empty() ? original_ : std::span<const std::byte>(rewritten_);
  }

 private:
  std::span<const std::byte> original_;
  std::vector<std::byte> rewritten_;
};

/// Checks that a file is complete, and mends what the codec would refuse or misread though Pillow
/// reads it. `header` is the file's own, its size already found acceptable: some formats are
/// rewritten at that size. Throws ImageError that begins with `name`: cut off, or holding less than
/// the header claims.
CodecInput make_codec_input(std::span<const std::byte> bytes, const ImageHeader& header,
                            const std::string& name);

ImageHeader read_jpeg_header(ByteView file);
CodecInput make_jpeg_input(ByteView file);

ImageHeader read_png_header(ByteView file);
CodecInput make_png_input(ByteView file, const ImageHeader& header);

ImageHeader read_webp_header(ByteView file);
CodecInput make_webp_input(ByteView file);

ImageHeader read_tiff_header(ByteView file);
CodecInput make_tiff_input(ByteView file, const ImageHeader& header);

ImageHeader read_bmp_header(ByteView file);
CodecInput make_bmp_input(ByteView file);

ImageHeader read_pnm_header(ByteView file);
CodecInput make_pnm_input(ByteView file);

}  // namespace saccade
