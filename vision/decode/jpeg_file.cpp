// JPEG (ITU-T T.81, annex B): the segments before the first scan, and whether the scans end.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "vision/decode/exif.h"
#include "vision/decode/format_reader.h"

namespace saccade {
namespace {

constexpr uint8_t start_of_scan = 0xDA;
constexpr uint8_t end_of_image = 0xD9;

bool is_frame_header(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool has_no_length(uint8_t marker) { return marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8); }

/// Returns the offset of the next marker's code byte, at or after `at`. Skips junk and fill bytes,
/// as libjpeg does. Throws ImageError if there is no marker.
uint64_t find_marker(ByteView file, uint64_t at) {
  while (at < file.size()) {
    const auto rest = file.span().subspan(size_t(at));
    const void* mark = std::memchr(rest.data(), 0xFF, rest.size());
    if (!mark) break;
    at += uint64_t(static_cast<const std::byte*>(mark) - rest.data());
    while (at < file.size() && file.u8(at) == 0xFF) ++at;
    if (at < file.size() && file.u8(at) != 0) return at;
  }
  throw ImageError("the file is cut off: no end-of-image marker");
}

struct Segment {
  uint8_t marker;
  ByteView data;  ///< without marker and length
  uint64_t end;   ///< offset in the file
};

Segment read_segment(ByteView file, uint64_t at) {
  const uint64_t code = find_marker(file, at);
  const uint8_t marker = file.u8(code);
  if (has_no_length(marker) || marker == end_of_image) return {marker, ByteView({}), code + 1};
  const uint64_t length = file.big(code + 1, 2);
  if (length < 2) throw ImageError(fmt::format("segment {:#x} has length {}", marker, length));
  return {marker, ByteView(file.slice(code + 3, length - 2)), code + 1 + length};
}

struct Frame {
  ImageHeader header;
  bool arithmetic = false;
  uint64_t scan = 0;  ///< offset of the first scan header, or of junk before it
};

/// The most that libjpeg holds of a frame, which is every coefficient in 16 bits if there are
/// several scans, and the rows and pictures of OpenCV.
uint64_t jpeg_bytes(const Segment& frame, uint64_t width, uint64_t height, uint64_t components) {
  const auto factors = [&](uint64_t component) {  // across, down
    const uint8_t both = frame.data.u8(7 + 3 * component);
    return std::pair<uint64_t, uint64_t>(std::clamp(both >> 4, 1, 4), std::clamp(both & 15, 1, 4));
  };
  uint64_t across = 1, down = 1;
  for (uint64_t i = 0; i < components; ++i) {
    across = std::max(across, factors(i).first), down = std::max(down, factors(i).second);
  }
  const uint64_t units = ((width + 8 * across - 1) / (8 * across)) *  // MCUs of the picture
                         ((height + 8 * down - 1) / (8 * down));
  uint64_t blocks = 0;
  for (uint64_t i = 0; i < components; ++i) {
    blocks += units * factors(i).first * factors(i).second;
  }
  constexpr uint64_t block_bytes = 64 * 2, row_bytes = 64 * 4 * 4;
  return blocks * block_bytes + width * row_bytes + width * height * (3 + 3);
}

void read_frame_header(const Segment& segment, Frame& frame) {
  if (frame.header.format == ImageFormat::jpeg) throw ImageError("two frame headers");
  const uint8_t kind = segment.marker & 0xF;
  if (kind != 0 && kind != 1 && kind != 2 && kind != 9 && kind != 10) {
    throw ImageError("lossless and hierarchical JPEG cannot be read; convert it");
  }
  const int bits = segment.data.u8(0);
  const int components = segment.data.u8(5);
  if (bits != 8) throw ImageError(fmt::format("{} bits a sample; wanted 8", bits));
  if (components != 1 && components != 3 && components != 4) {
    throw ImageError(fmt::format("{} colour components; wanted 1, 3 or 4", components));
  }
  frame.header = {.format = ImageFormat::jpeg,
                  .width = int64_t(segment.data.big(3, 2)),
                  .height = int64_t(segment.data.big(1, 2)),
                  .grey = components == 1};
  frame.header.codec_bytes = jpeg_bytes(segment, uint64_t(frame.header.width),
                                        uint64_t(frame.header.height), uint64_t(components));
  frame.arithmetic = kind >= 9;
}

/// Each scan may visit every pixel, so that scans times pixels is the time of decoding. Writers
/// make up to 14 scans, optimizers a few more.
void check_scans(uint64_t scans, const ImageHeader& header) {
  constexpr uint64_t least = 32, most = 1000, scans_times_pixels = 1'000'000'000;
  const uint64_t pixels = std::max<uint64_t>(uint64_t(header.width * header.height), 1);
  const uint64_t limit = std::clamp(scans_times_pixels / pixels, least, most);
  if (scans <= limit) return;
  throw ImageError(
      fmt::format("the JPEG has more than {} scans, which {} x {} pixels may have; save it again",
                  limit, header.width, header.height));
}

Frame read_frame(ByteView file) {
  using namespace std::string_view_literals;
  Frame frame;
  std::vector<std::byte> exif;  // a large block is split over several segments
  std::span<const std::byte> xmp;
  constexpr auto exif_name = "Exif\0\0"sv, xmp_name = "http://ns.adobe.com/xap/1.0/\0"sv;
  for (uint64_t at = 2;;) {
    const Segment segment = read_segment(file, at);
    at = segment.end;
    if (is_frame_header(segment.marker)) read_frame_header(segment, frame);
    if (segment.marker == 0xE1 && segment.data.matches(0, exif_name)) {
      const auto part = segment.data.span().subspan(exif.empty() ? 0 : exif_name.size());
      exif.insert(exif.end(), part.begin(), part.end());
    } else if (segment.marker == 0xE1 && segment.data.matches(0, xmp_name)) {
      xmp = segment.data.span().subspan(xmp_name.size());
    }
    if (segment.marker == end_of_image) throw ImageError("the JPEG holds no picture");
    if (segment.marker == start_of_scan) break;
    frame.scan = at;
  }
  if (frame.header.format != ImageFormat::jpeg) throw ImageError("no frame header before the scan");
  frame.header.orientation = find_orientation(exif, xmp);
  return frame;
}

bool is_jpeg(ByteView head) { return head.matches(0, "\xff\xd8\xff"); }

ImageHeader read_jpeg_header(ByteView file) { return read_frame(file).header; }

// libjpeg accepts a file that ends early and fills the rest with grey; Pillow requires the end
// marker. Both accept data that end before the picture does. We reject a file that cannot hold the
// picture: Huffman coding spends at least one bit on each 8 x 8 block of the finest component.
CodecInput jpeg_codec_input(ByteView file, const ImageHeader&) {
  const Frame frame = read_frame(file);
  uint64_t scan_bytes = 0;
  uint64_t at = frame.scan;
  for (uint64_t scans = 0;;) {
    const Segment segment = read_segment(file, at);
    scan_bytes += segment.end - at;
    at = segment.end;
    if (segment.marker == start_of_scan) check_scans(++scans, frame.header);
    if (segment.marker == end_of_image) break;
  }
  const uint64_t blocks =
      uint64_t((frame.header.width + 7) / 8) * uint64_t((frame.header.height + 7) / 8);
  if (!frame.arithmetic && scan_bytes < blocks / 8) {
    throw ImageError(fmt::format("the header says {} x {} pixels, but {} bytes cannot hold them",
                                 frame.header.width, frame.header.height, scan_bytes));
  }
  return CodecInput(file.slice(0, at));
}

}  // namespace

const FormatReader jpeg_reader{ImageFormat::jpeg, "JPEG", is_jpeg, read_jpeg_header,
                               jpeg_codec_input};

}  // namespace saccade
