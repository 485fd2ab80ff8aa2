#include "vision/decode/image_header.h"

#include <fmt/format.h>

#include <cctype>

#include "vision/decode/image_files.h"

namespace saccade {
namespace {

bool is_tiff(ByteView head) {
  using namespace std::string_view_literals;
  return head.matches(0, "II*\0"sv) || head.matches(0, "MM\0*"sv) || head.matches(0, "II+\0"sv) ||
         head.matches(0, "MM\0+"sv);
}

bool is_pnm(ByteView head) {
  return head.has(0, 3) && head.u8(0) == 'P' && head.u8(1) >= '1' && head.u8(1) <= '6' &&
         std::isspace(head.u8(2));
}

/// Formats that people have and we cannot read, so that the error can say which it is.
std::string_view foreign_format(ByteView head) {
  if (head.matches(0, "GIF8")) return "a GIF file";
  if (head.matches(4, "ftypavif") || head.matches(4, "ftypavis")) return "an AVIF file";
  if (head.matches(4, "ftyphei") || head.matches(4, "ftypmif1")) return "an HEIF file";
  if (head.matches(4, "ftyp")) return "a video file";
  if (head.matches(4, "jP  ")) return "a JPEG 2000 file";
  if (head.matches(4, "JXL ") || head.matches(0, "\xff\x0a")) return "a JPEG XL file";
  if (head.matches(0, "%PDF")) return "a PDF file";
  return "not a picture of a known format";
}

ImageHeader read_by_format(ByteView file) {
  switch (sniff_image(file.span())) {
    case ImageFormat::jpeg:
      return read_jpeg_header(file);
    case ImageFormat::png:
      return read_png_header(file);
    case ImageFormat::webp:
      return read_webp_header(file);
    case ImageFormat::tiff:
      return read_tiff_header(file);
    case ImageFormat::bmp:
      return read_bmp_header(file);
    case ImageFormat::pnm:
      return read_pnm_header(file);
    case ImageFormat::unknown:
      break;
  }
  if (file.size() == 0) throw ImageError("the file is empty");
  throw ImageError(
      fmt::format("{}; convert it to JPEG, PNG, WebP, TIFF, BMP or PNM", foreign_format(file)));
}

}  // namespace

std::string_view format_name(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "JPEG";
    case ImageFormat::png:
      return "PNG";
    case ImageFormat::webp:
      return "WebP";
    case ImageFormat::tiff:
      return "TIFF";
    case ImageFormat::bmp:
      return "BMP";
    case ImageFormat::pnm:
      return "PNM";
    case ImageFormat::unknown:
      break;
  }
  return "unknown";
}

ImageFormat sniff_image(std::span<const std::byte> head) {
  const ByteView view(head);
  if (view.matches(0, "\xff\xd8\xff")) return ImageFormat::jpeg;
  if (view.matches(0, "\x89PNG\r\n\x1a\n")) return ImageFormat::png;
  if (view.matches(0, "RIFF") && view.matches(8, "WEBPVP8")) return ImageFormat::webp;
  if (is_tiff(view)) return ImageFormat::tiff;
  if (view.matches(0, "BM")) return ImageFormat::bmp;
  if (is_pnm(view)) return ImageFormat::pnm;
  return ImageFormat::unknown;
}

ImageHeader read_image_header(std::span<const std::byte> bytes, const std::string& name) {
  try {
    ImageHeader header = read_by_format(ByteView(bytes));
    if (header.width <= 0 || header.height <= 0) {
      throw ImageError(fmt::format("the header says {} x {} pixels", header.width, header.height));
    }
    constexpr int64_t max_side = 1 << 20;  // OpenCV's own limit
    if (header.width > max_side || header.height > max_side) {
      throw ImageError(fmt::format("{} x {} pixels; a side may have {} at most", header.width,
                                   header.height, max_side));
    }
    if (header.orientation < 1 || header.orientation > 8) header.orientation = 1;
    return header;
  } catch (const ImageError& error) {
    throw ImageError(fmt::format("{}: {}", name, error.what()));
  }
}

CodecInput make_codec_input(std::span<const std::byte> bytes, const ImageHeader& header,
                            const std::string& name) {
  const ByteView file(bytes);
  try {
    switch (header.format) {
      case ImageFormat::jpeg:
        return make_jpeg_input(file);
      case ImageFormat::png:
        return make_png_input(file, header);
      case ImageFormat::webp:
        return make_webp_input(file);
      case ImageFormat::tiff:
        return make_tiff_input(file, header);
      case ImageFormat::bmp:
        return make_bmp_input(file);
      case ImageFormat::pnm:
        return make_pnm_input(file);
      case ImageFormat::unknown:
        break;
    }
    throw ImageError("not a picture of a known format");
  } catch (const ImageError& error) {
    throw ImageError(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace saccade
