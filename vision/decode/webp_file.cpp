// WebP (RFC 9649): the RIFF container. Pillow reads it through libwebp's demuxer, which requires a
// complete container. OpenCV calls the plain decoder, which rejects animations, so the first frame
// of an animation is rewritten as a still file. It lies on a canvas of transparent black, of which
// the colour remains.
#include <fmt/format.h>

#include <algorithm>

#include "vision/decode/exif.h"
#include "vision/decode/format_reader.h"

namespace saccade {
namespace {

constexpr uint64_t riff_header = 12;
constexpr uint8_t flag_animation = 0x02, flag_xmp = 0x04, flag_exif = 0x08, flag_alpha = 0x10;

struct WebPChunk {
  std::string_view type;
  ByteView data;
  uint64_t end;
};

WebPChunk read_webp_chunk(ByteView riff, uint64_t at) {
  const uint64_t length = riff.little(at + 4, 4);
  if (!riff.has(at + 8, length + length % 2)) {
    throw ImageError("the file is cut off, or its chunks are longer than it is");
  }
  return {riff.text(at, 4), ByteView(riff.slice(at + 8, length)), at + 8 + length + length % 2};
}

/// Returns the part of the file that its RIFF header claims.
ByteView riff_of(ByteView file) {
  const uint64_t size = file.little(4, 4) + 8;
  if (!file.has(0, size))
    throw ImageError("the file is cut off: its header says that it is longer");
  return ByteView(file.slice(0, size));
}

struct Size {
  int64_t width, height;
  bool operator==(const Size&) const = default;
};

bool is_bitstream(std::string_view type) { return type == "VP8 " || type == "VP8L"; }

Size bitstream_size(const WebPChunk& chunk) {
  const ByteView& data = chunk.data;
  if (chunk.type == "VP8L") {
    if (data.u8(0) != 0x2F) throw ImageError("the lossless WebP data lack their signature");
    const uint64_t bits = data.little(1, 4);
    return {int64_t(bits & 0x3FFF) + 1, int64_t(bits >> 14 & 0x3FFF) + 1};
  }
  if (data.u8(0) & 1 || !data.matches(3, "\x9d\x01\x2a")) {
    throw ImageError("the lossy WebP data lack their signature");
  }
  return {int64_t(data.little(6, 2) & 0x3FFF), int64_t(data.little(8, 2) & 0x3FFF)};
}

struct WebP {
  Size size{};
  bool alpha = false;
  std::span<const std::byte> exif, xmp;
  std::span<const std::byte> frame;  ///< chunks of the first frame of an animation
  CanvasPart part{};                 ///< where that frame lies
};

/// Returns the size of the picture among `chunks`, which may begin with an ALPH chunk.
Size picture_size(ByteView chunks) {
  for (uint64_t at = 0; at < chunks.size();) {
    const WebPChunk chunk = read_webp_chunk(chunks, at);
    if (is_bitstream(chunk.type)) return bitstream_size(chunk);
    at = chunk.end;
  }
  throw ImageError("the WebP holds no picture");
}

void read_animation_frame(const WebPChunk& chunk, WebP& webp) {
  constexpr uint64_t frame_header = 16;
  const ByteView& data = chunk.data;
  const ByteView chunks(
      data.slice(frame_header, std::max(data.size(), frame_header) - frame_header));
  webp.part = {int64_t(data.little(0, 3)) * 2, int64_t(data.little(3, 3)) * 2,
               int64_t(data.little(6, 3)) + 1, int64_t(data.little(9, 3)) + 1};
  const CanvasPart& part = webp.part;
  if (picture_size(chunks) != Size{part.width, part.height} ||
      part.x + part.width > webp.size.width || part.y + part.height > webp.size.height) {
    throw ImageError("the first frame of the animated WebP does not fit its canvas");
  }
  webp.frame = chunks.span();
}

void read_extended(ByteView riff, WebP& webp) {
  const WebPChunk head = read_webp_chunk(riff, riff_header);
  const uint8_t flags = head.data.u8(0);
  webp.size = {int64_t(head.data.little(4, 3)) + 1, int64_t(head.data.little(7, 3)) + 1};
  webp.alpha = flags & flag_alpha;
  bool found = false;
  for (uint64_t at = head.end; riff.has(at, 8);) {
    const WebPChunk chunk = read_webp_chunk(riff, at);
    at = chunk.end;
    if (is_bitstream(chunk.type) && !(flags & flag_animation)) {
      if (bitstream_size(chunk) != webp.size) {
        throw ImageError("the WebP's canvas and its picture differ in size");
      }
      found = true;
    } else if (chunk.type == "ANMF" && flags & flag_animation && !found) {
      read_animation_frame(chunk, webp);
      found = true;
    } else if (chunk.type == "EXIF" && flags & flag_exif) {
      webp.exif = chunk.data.span();
    } else if (chunk.type == "XMP " && flags & flag_xmp) {
      webp.xmp = chunk.data.span();
    }
  }
  if (!found) throw ImageError("the WebP holds no picture");
}

WebP read_webp(ByteView file) {
  const ByteView riff = riff_of(file);
  WebP webp;
  const WebPChunk first = read_webp_chunk(riff, riff_header);
  if (first.type == "VP8X") {
    read_extended(riff, webp);
  } else if (is_bitstream(first.type)) {
    webp.size = bitstream_size(first);
  } else {
    throw ImageError("the WebP holds no picture");
  }
  return webp;
}

void append_little(std::vector<std::byte>& out, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) out.push_back(std::byte(value >> (8 * i) & 0xFF));
}

void append_text(std::vector<std::byte>& out, std::string_view text) {
  for (const char c : text) out.push_back(std::byte(c));
}

/// Returns the first frame of an animation as a still WebP file.
std::vector<std::byte> still_of(const WebP& webp) {
  std::vector<std::byte> out;
  append_text(out, "RIFF");
  append_little(out, 4 + 18 + webp.frame.size(), 4);
  append_text(out, "WEBPVP8X");
  append_little(out, 10, 4);
  append_little(out, webp.alpha ? flag_alpha : 0, 4);
  append_little(out, uint64_t(webp.part.width - 1), 3);
  append_little(out, uint64_t(webp.part.height - 1), 3);
  out.insert(out.end(), webp.frame.begin(), webp.frame.end());
  return out;
}

bool is_webp(ByteView head) { return head.matches(0, "RIFF") && head.matches(8, "WEBPVP8"); }

ImageHeader read_webp_header(ByteView file) {
  const WebP webp = read_webp(file);
  return {.format = ImageFormat::webp,
          .width = webp.size.width,
          .height = webp.size.height,
          .orientation = find_orientation(webp.exif, webp.xmp)};
}

CodecInput webp_codec_input(ByteView file, const ImageHeader&) {
  const WebP webp = read_webp(file);
  if (!webp.frame.empty()) return CodecInput(still_of(webp), webp.part);
  return CodecInput(riff_of(file).span());
}

}  // namespace

const FormatReader webp_reader{ImageFormat::webp, "WebP", is_webp, read_webp_header,
                               webp_codec_input};

}  // namespace saccade
