#include "vision/decode/image_header.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "vision/decode/foreign_format.h"
#include "vision/decode/format_reader.h"

namespace saccade {
namespace {

/// "JPEG, PNG or TIFF"
std::string names_of_formats() {
  std::string names;
  for (const FormatReader* reader : format_readers) {
    if (reader != format_readers.front()) names += reader == format_readers.back() ? " or " : ", ";
    names += reader->name;
  }
  return names;
}

ImageHeader read_by_format(ByteView file) {
  const ImageFormat format = sniff_image(file.span());
  if (format != ImageFormat::unknown) return reader_of(format).read_header(file);
  if (file.size() == 0) throw ImageError("the file is empty");
  throw ImageError(
      fmt::format("{}; convert it to {}", name_foreign_format(file), names_of_formats()));
}

/// The buffers that exist at once for 8-bit samples: the codec's own, the decoded picture, and the
/// rows between the two passes of a resize. 16-bit samples are decoded at full depth and then
/// narrowed, and those of a cut PNG are also held raw. Formats with a library of their own may hold
/// four samples of 32 bits, and planes beside them.
uint64_t codec_bytes_per_pixel(const ImageHeader& header) {
  if (header.by_library) return 16 + 6 + 3;
  return header.bit_depth == 16 ? 16 + 6 + 3 : 8 + 3;
}

}  // namespace

ImageFormat sniff_image(std::span<const std::byte> head) {
  for (const FormatReader* reader : format_readers) {
    if (reader->matches(ByteView(head))) return reader->format;
  }
  return ImageFormat::unknown;
}

const FormatReader& reader_of(ImageFormat format) {
  return **std::find_if(format_readers.begin(), format_readers.end(),
                        [&](const FormatReader* reader) { return reader->format == format; });
}

uint64_t counted_pixels(const ImageHeader& header) {
  const uint64_t pixels = uint64_t(header.width) * uint64_t(header.height);
  return header.coded_pixels > pixels + pixels / 4 + (1 << 16) ? header.coded_pixels : pixels;
}

uint64_t decoding_memory(const ImageHeader& header, uint64_t file_bytes) {
  const uint64_t pixels = uint64_t(header.width) * uint64_t(header.height);
  const uint64_t codec =
      header.codec_bytes > 0 ? header.codec_bytes : pixels * codec_bytes_per_pixel(header);
  return 2 * file_bytes + codec + (header.orientation == 1 ? 0 : 3 * pixels);
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

}  // namespace saccade
