// PNG (RFC 2083). The file is rewritten for the codec as IHDR, PLTE, one IDAT and IEND: libpng
// warns about ancillary chunks that do not matter here, requires the IEND, and checks the checksums
// of the pixels, which Pillow does not.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>

#include "vision/decode/exif.h"
#include "vision/decode/format_reader.h"
#include "vision/decode/inflater.h"
#include "vision/decode/png_text.h"

namespace saccade {
namespace {

constexpr std::string_view magic = "\x89PNG\r\n\x1a\n";
constexpr uint8_t palette_colour = 3;

uint32_t checksum(std::span<const std::byte> bytes) {
  return uint32_t(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

struct Chunk {
  std::string_view type;
  ByteView data;
  uint64_t end;  ///< after the checksum, which may be cut off
};

bool begins_chunk(ByteView file, uint64_t at) {
  if (!file.has(at, 8)) return false;
  const std::string_view type = file.text(at + 4, 4);
  return std::all_of(type.begin(), type.end(),
                     [](char c) { return std::isalnum(uint8_t(c)) || c == '_'; });
}

/// Reads the chunk at `at`. An IDAT chunk that is longer than the rest of the file is cut.
Chunk read_chunk(ByteView file, uint64_t at) {
  if (!begins_chunk(file, at)) throw ImageError(fmt::format("broken PNG chunk at byte {}", at));
  const std::string_view type = file.text(at + 4, 4);
  uint64_t length = file.big(at, 4);
  if (type == "IDAT") length = std::min(length, file.size() - at - 8);
  return {type, ByteView(file.slice(at + 8, length)), at + 12 + length};
}

/// Reads a chunk before the pixels and checks its checksum.
Chunk read_checked_chunk(ByteView file, uint64_t at) {
  const Chunk chunk = read_chunk(file, at);
  if (chunk.type == "IDAT") return chunk;
  const auto covered = file.slice(at + 4, chunk.data.size() + 4);
  if (file.big(chunk.end - 4, 4) != checksum(covered)) {
    throw ImageError(fmt::format("wrong checksum in the PNG chunk {}", chunk.type));
  }
  return chunk;
}

int channels_of(uint8_t colour) {
  constexpr int samples[] = {1, 0, 3, 1, 2, 0, 4};
  return colour < std::size(samples) ? samples[colour] : 0;
}

bool is_valid_depth(uint8_t depth, uint8_t colour) {
  if (depth == 8) return true;
  if (depth == 16) return colour != palette_colour;
  return (depth == 1 || depth == 2 || depth == 4) && (colour == 0 || colour == palette_colour);
}

struct Ihdr {
  uint32_t width, height;
  uint8_t depth, colour;
  bool interlaced;
};

Ihdr read_ihdr(const Chunk& chunk) {
  const ByteView& data = chunk.data;
  if (chunk.type != "IHDR" || data.size() != 13) throw ImageError("no PNG header chunk");
  const Ihdr ihdr{uint32_t(data.big(0, 4)), uint32_t(data.big(4, 4)), data.u8(8), data.u8(9),
                  data.u8(12) != 0};
  if (channels_of(ihdr.colour) == 0 || !is_valid_depth(ihdr.depth, ihdr.colour)) {
    throw ImageError(
        fmt::format("PNG colour type {} with {} bits does not exist", ihdr.colour, ihdr.depth));
  }
  if (data.u8(10) != 0 || data.u8(11) != 0 || data.u8(12) > 1) {
    throw ImageError("unknown PNG compression, filter or interlace method");
  }
  return ihdr;
}

using Parts = std::vector<std::span<const std::byte>>;

struct Png {
  Ihdr ihdr;
  std::span<const std::byte> palette;
  std::vector<std::byte> exif;
  bool has_exif_chunk = false;  ///< which goes before EXIF in a text
  std::string xmp;
  uint64_t text_bytes = 0;     ///< of all texts that were read
  Parts pixels;                ///< the data of the IDAT chunks
  bool cut_in_pixels = false;  ///< no further chunk follows the pixels
};

void keep_metadata(const Chunk& chunk, Png& png) {
  if (chunk.type == "eXIf") {
    png.exif.assign(chunk.data.span().begin(), chunk.data.span().end());
    png.has_exif_chunk = true;
  }
  constexpr std::string_view xmp_keyword = "XML:com.adobe.xmp",
                             exif_keyword = "Raw profile type exif";
  const std::string_view keyword = png_text_keyword(chunk.type, chunk.data);
  if (keyword != xmp_keyword && keyword != exif_keyword) return;
  auto text = read_png_text(chunk.type, chunk.data);
  constexpr uint64_t max_text_bytes = 64 << 20;  // Pillow's limit, too
  png.text_bytes += text ? text->size() : kMaxPngText;
  if (png.text_bytes > max_text_bytes) throw ImageError("the PNG has over 64 MiB of texts");
  if (!text) return;
  if (keyword == xmp_keyword) {
    png.xmp = std::move(*text);
  } else if (!png.has_exif_chunk) {
    png.exif = bytes_of_raw_profile(*text);
  }
}

/// Reads the chunks before the first IDAT and returns the offset of that.
uint64_t read_before_pixels(ByteView file, Png& png) {
  const Chunk first = read_checked_chunk(file, magic.size());
  png.ihdr = read_ihdr(first);
  for (uint64_t at = first.end;;) {
    const Chunk chunk = read_checked_chunk(file, at);
    if (chunk.type == "IDAT") return at;
    if (chunk.type == "IHDR") throw ImageError("two PNG header chunks");
    if (chunk.type == "IEND") throw ImageError("the PNG holds no pixels");
    if (chunk.type == "PLTE") png.palette = chunk.data.span();
    keep_metadata(chunk, png);
    at = chunk.end;
  }
}

/// Reads the chunks after the pixels as Pillow does: ignores checksums and accepts a file that ends
/// between chunks or inside a chunk's head, but not one that ends inside a chunk's data.
void read_after_pixels(ByteView file, uint64_t at, Png& png) {
  while (begins_chunk(file, at) && !file.matches(at + 4, "IEND")) {
    const Chunk chunk = read_chunk(file, at);
    keep_metadata(chunk, png);
    at = chunk.end;
  }
}

Png read_png(ByteView file) {
  Png png;
  uint64_t at = read_before_pixels(file, png);
  while (begins_chunk(file, at) && file.matches(at + 4, "IDAT")) {
    const Chunk chunk = read_chunk(file, at);
    png.pixels.push_back(chunk.data.span());
    at = chunk.end;
  }
  png.cut_in_pixels = !begins_chunk(file, at);
  read_after_pixels(file, at, png);
  return png;
}

/// Returns the size of the decompressed rows of a picture or of one pass, filter bytes included.
uint64_t raw_size(uint64_t width, uint64_t height, uint64_t bits_per_pixel) {
  return width == 0 ? 0 : height * (1 + (width * bits_per_pixel + 7) / 8);
}

uint64_t raw_size(const Ihdr& ihdr) {
  const uint64_t bits = uint64_t(ihdr.depth) * uint64_t(channels_of(ihdr.colour));
  if (!ihdr.interlaced) return raw_size(ihdr.width, ihdr.height, bits);
  struct Pass {
    uint64_t x, y, dx, dy;
  };
  constexpr Pass passes[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                             {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
  uint64_t size = 0;
  for (const Pass& pass : passes) {
    size += raw_size((ihdr.width + pass.dx - 1 - pass.x) / pass.dx,
                     (ihdr.height + pass.dy - 1 - pass.y) / pass.dy, bits);
  }
  return size;
}

uint64_t size_of(const Parts& parts) {
  uint64_t size = 0;
  for (const auto part : parts) size += part.size();
  return size;
}

void append(std::vector<std::byte>& out, const Parts& parts) {
  for (const auto part : parts) out.insert(out.end(), part.begin(), part.end());
}

/// Throws ImageError if so few bytes cannot hold the rows.
void check_expansion(uint64_t raw_bytes, uint64_t packed_bytes, const Ihdr& ihdr) {
  constexpr uint64_t most = 1032;  // that Deflate makes of one byte
  if (raw_bytes / most <= packed_bytes) return;
  throw ImageError(fmt::format("the header says {} x {} pixels, but {} bytes cannot hold them",
                               ihdr.width, ihdr.height, packed_bytes));
}

/// Compresses the pixels again. Data that end early may still hold every pixel if only zlib's end
/// mark or checksum is missing. Throws ImageError if pixels are missing.
std::vector<std::byte> complete_pixels(const Parts& parts, const Ihdr& ihdr) {
  std::vector<std::byte> packed;
  append(packed, parts);
  const uint64_t wanted = raw_size(ihdr);
  check_expansion(wanted, packed.size(), ihdr);
  Inflater inflater(packed);
  std::vector<std::byte> raw;
  raw.reserve(size_t(wanted));
  while (raw.size() < wanted) {
    const auto part = inflater.next(wanted - raw.size());
    if (part.empty()) break;
    raw.insert(raw.end(), part.begin(), part.end());
  }
  if (raw.size() < wanted) throw ImageError("the file is cut off within the pixels");
  uLongf size = compressBound(uLong(raw.size()));
  std::vector<std::byte> whole(size);
  if (compress2(reinterpret_cast<Bytef*>(whole.data()), &size,
                reinterpret_cast<const Bytef*>(raw.data()), uLong(raw.size()), 1) != Z_OK) {
    throw ImageError("out of memory");
  }
  whole.resize(size);
  return whole;
}

void append_big(std::vector<std::byte>& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(std::byte(value >> shift & 0xFF));
}

void append_chunk(std::vector<std::byte>& out, std::string_view type, const Parts& parts) {
  append_big(out, uint32_t(size_of(parts)));
  const size_t start = out.size();
  for (const char c : type) out.push_back(std::byte(c));
  append(out, parts);
  append_big(out, checksum(std::span(out).subspan(start)));
}

bool is_png(ByteView head) { return head.matches(0, magic); }

ImageHeader read_png_header(ByteView file) {
  const Png png = read_png(file);
  return {.format = ImageFormat::png,
          .width = png.ihdr.width,
          .height = png.ihdr.height,
          .orientation = find_orientation(png.exif, std::as_bytes(std::span(png.xmp))),
          .bit_depth = png.ihdr.depth,
          .grey = png.ihdr.colour == 0};
}

CodecInput png_codec_input(ByteView file, const ImageHeader&) {
  const Png png = read_png(file);
  if (png.ihdr.colour == palette_colour && png.palette.empty()) {
    throw ImageError("the PNG lacks its palette");
  }
  Parts pixels = png.pixels;
  std::vector<std::byte> completed;
  if (png.cut_in_pixels) {
    completed = complete_pixels(pixels, png.ihdr);
    pixels = {completed};
  }
  const uint64_t size = size_of(pixels);
  if (size > INT32_MAX) throw ImageError("over 2 GiB of compressed pixels");
  check_expansion(raw_size(png.ihdr), size, png.ihdr);
  std::vector<std::byte> out;
  out.reserve(size_t(size) + 1024);
  append(out, {file.slice(0, magic.size())});
  append_chunk(out, "IHDR", {file.slice(magic.size() + 8, 13)});
  if (png.ihdr.colour == palette_colour) append_chunk(out, "PLTE", {png.palette});
  append_chunk(out, "IDAT", pixels);
  append_chunk(out, "IEND", {});
  return CodecInput(std::move(out));
}

}  // namespace

const FormatReader png_reader{ImageFormat::png, "PNG", is_png, read_png_header, png_codec_input};

}  // namespace saccade
