// BMP: headers of 12 and 40-124 bytes, as Pillow's BmpImagePlugin reads them.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "vision/decode/format_reader.h"

namespace saccade {
namespace {

enum class Compression : uint32_t { none = 0, rle8 = 1, rle4 = 2, bitfields = 3 };

constexpr uint64_t file_header = 14;

struct Bmp {
  uint64_t info_size;
  int64_t width, height;
  bool top_down = false;
  uint64_t bits;
  Compression compression = Compression::none;
  uint64_t colours = 0;  ///< palette entries
  uint64_t palette_at = 0;
  uint64_t pixels_at;

  uint64_t row_bytes() const { return (uint64_t(width) * bits + 7) / 8; }
  uint64_t stride() const { return (row_bytes() + 3) / 4 * 4; }
};

void read_small_info(ByteView file, Bmp& bmp) {
  bmp.width = int64_t(file.little(18, 2));
  bmp.height = int64_t(file.little(20, 2));
  bmp.bits = file.little(24, 2);
}

void read_info(ByteView file, Bmp& bmp) {
  const uint64_t height = file.little(22, 4);
  bmp.width = int64_t(file.little(18, 4));
  bmp.top_down = height >> 24 == 0xFF;
  bmp.height = bmp.top_down ? int64_t((uint64_t{1} << 32) - height) : int64_t(height);
  bmp.bits = file.little(28, 2);
  bmp.compression = Compression(file.little(30, 4));
  bmp.colours = file.little(46, 4);
}

/// OpenCV reads 32-bit pixels as B, G, R and ignores the masks, and supports two layouts of 16-bit
/// pixels. Pillow supports more; these are the ones that occur in practice.
void check_masks(ByteView file) {
  const uint64_t bits = file.little(28, 2);
  const uint64_t red = file.little(54, 4), green = file.little(58, 4), blue = file.little(62, 4);
  const bool known =
      bits == 32 ? (red == 0xFF0000 && green == 0xFF00 && blue == 0xFF) || (red | green | blue) == 0
                 : bits == 16 && blue == 0x1F &&
                       ((red == 0xF800 && green == 0x7E0) || (red == 0x7C00 && green == 0x3E0));
  if (!known) throw ImageError("a BMP with unusual bit masks cannot be read; convert it");
}

void check_kind(ByteView file, const Bmp& bmp) {
  const bool rle = bmp.compression == Compression::rle8 || bmp.compression == Compression::rle4;
  const bool known_bits = bmp.bits == 1 || bmp.bits == 4 || bmp.bits == 8 || bmp.bits == 16 ||
                          bmp.bits == 24 || bmp.bits == 32;
  if (!known_bits || (rle && bmp.bits != (bmp.compression == Compression::rle8 ? 8 : 4))) {
    throw ImageError(fmt::format("a BMP with {} bits a pixel cannot be read", bmp.bits));
  }
  if (bmp.compression == Compression::bitfields) {
    check_masks(file);
  } else if (!rle && bmp.compression != Compression::none) {
    throw ImageError(fmt::format("BMP compression {} cannot be read", uint32_t(bmp.compression)));
  }
}

Bmp read_bmp(ByteView file) {
  Bmp bmp{};
  bmp.info_size = file.little(file_header, 4);
  constexpr uint64_t sizes[] = {12, 40, 52, 56, 64, 108, 124};
  if (std::find(std::begin(sizes), std::end(sizes), bmp.info_size) == std::end(sizes)) {
    throw ImageError(fmt::format("unknown BMP header of {} bytes", bmp.info_size));
  }
  file.slice(file_header, bmp.info_size);
  if (bmp.info_size == 12) {
    read_small_info(file, bmp);
  } else {
    read_info(file, bmp);
  }
  check_kind(file, bmp);
  bmp.pixels_at = file.little(10, 4);
  bmp.palette_at = file_header + bmp.info_size;
  if (bmp.bits <= 8) {
    if (bmp.colours == 0) bmp.colours = uint64_t{1} << bmp.bits;
    if (bmp.colours > 256) throw ImageError(fmt::format("a BMP palette of {}", bmp.colours));
    const uint64_t palette_bytes = bmp.colours * (bmp.info_size == 12 ? 3 : 4);
    file.slice(bmp.palette_at, palette_bytes);
    if (bmp.pixels_at == bmp.palette_at || bmp.pixels_at == 0) {
      bmp.pixels_at = bmp.palette_at + palette_bytes;
    }
  } else if (bmp.pixels_at == 0) {
    bmp.pixels_at = bmp.palette_at;
  }
  return bmp;
}

void store_little(std::vector<std::byte>& out, size_t offset, uint64_t value, int count) {
  for (int i = 0; i < count; ++i) out[offset + size_t(i)] = std::byte(value >> (8 * i) & 0xFF);
}

/// Copies headers and palette, and sets the offset of the pixels to the end of the copy.
std::vector<std::byte> copy_head(ByteView file, const Bmp& bmp) {
  const uint64_t masks = bmp.compression == Compression::bitfields && bmp.info_size == 40 ? 12 : 0;
  const uint64_t palette = bmp.bits <= 8 ? bmp.colours * (bmp.info_size == 12 ? 3 : 4) : 0;
  const auto head = file.slice(0, bmp.palette_at + masks + palette);
  std::vector<std::byte> out(head.begin(), head.end());
  if (bmp.info_size == 12 && bmp.bits <= 8) {  // these headers cannot describe a short palette
    out.resize(size_t(bmp.palette_at + (uint64_t{3} << bmp.bits)));
  }
  store_little(out, 10, out.size(), 4);
  return out;
}

/// Expands run-length coded pixels to palette indices, one byte per pixel, in the file's row order.
/// As in Pillow's BmpRleDecoder, runs stop at the end of the row and skipped pixels are 0.
class RunLengthPixels {
 public:
  RunLengthPixels(ByteView file, const Bmp& bmp)
      : file_(file),
        at_(bmp.pixels_at),
        nibbles_(bmp.compression == Compression::rle4),
        width_(uint64_t(bmp.width)),
        wanted_(uint64_t(bmp.width) * uint64_t(bmp.height)) {}

  std::vector<std::byte> expand() {
    while (pixels_.size() < wanted_ && file_.has(at_, 2)) {
      const uint8_t count = file_.u8(at_), value = file_.u8(at_ + 1);
      at_ += 2;
      if (count != 0) {
        repeat(count, value);
      } else if (value == 0) {
        skip((width_ - pixels_.size() % width_) % width_);
        column_ = 0;
      } else if (value == 1) {
        break;
      } else if (value == 2) {
        if (!file_.has(at_, 2)) break;
        skip(file_.u8(at_) + file_.u8(at_ + 1) * width_);
        at_ += 2;
        column_ = pixels_.size() % width_;
      } else if (!copy(value)) {
        break;
      }
    }
    if (pixels_.size() < wanted_) throw ImageError("the file is cut off within the pixels");
    return std::move(pixels_);
  }

 private:
  void add(uint64_t value) {
    if (pixels_.size() < wanted_) pixels_.push_back(std::byte(value));
  }
  void skip(uint64_t count) { pixels_.resize(size_t(std::min(wanted_, pixels_.size() + count))); }
  void repeat(uint64_t count, uint8_t value) {
    count = std::min(count, width_ - std::min(width_, column_));
    for (uint64_t i = 0; i < count; ++i) {
      add(!nibbles_ ? value : i % 2 == 0 ? value >> 4 : value & 0xF);
    }
    column_ += count;
  }
  bool copy(uint64_t count) {
    count = std::min(count, wanted_ - pixels_.size());
    const uint64_t bytes = nibbles_ ? (count + 1) / 2 : count;
    if (!file_.has(at_, bytes)) return false;
    for (uint64_t i = 0; i < count; ++i) {
      const uint8_t value = file_.u8(at_ + (nibbles_ ? i / 2 : i));
      add(!nibbles_ ? value : i % 2 == 0 ? value >> 4 : value & 0xF);
    }
    at_ += bytes + (at_ + bytes) % 2;  // padded to an even offset in the file
    column_ += count;
    return true;
  }

  ByteView file_;
  uint64_t at_;
  bool nibbles_;
  uint64_t width_, wanted_;
  uint64_t column_ = 0;
  std::vector<std::byte> pixels_;
};

/// Rewrites a run-length coded BMP as an uncompressed 8-bit one.
std::vector<std::byte> expand_runs(ByteView file, const Bmp& bmp) {
  const std::vector<std::byte> pixels = RunLengthPixels(file, bmp).expand();
  std::vector<std::byte> out = copy_head(file, bmp);
  store_little(out, 28, 8, 2);
  store_little(out, 30, uint64_t(Compression::none), 4);
  store_little(out, 46, bmp.colours, 4);
  const size_t width = size_t(bmp.width), stride = (width + 3) / 4 * 4;
  const size_t start = out.size();
  out.resize(start + stride * size_t(bmp.height));
  for (size_t y = 0; y < size_t(bmp.height); ++y) {
    std::memcpy(out.data() + start + y * stride, pixels.data() + y * width, width);
  }
  return out;
}

bool matches(ByteView head) { return head.matches(0, "BM"); }

ImageHeader read_header(ByteView file) {
  const Bmp bmp = read_bmp(file);
  return {.format = ImageFormat::bmp, .width = bmp.width, .height = bmp.height};
}

CodecInput make_input(ByteView file, const ImageHeader&) {
  const Bmp bmp = read_bmp(file);
  if (bmp.compression == Compression::rle8 || bmp.compression == Compression::rle4) {
    return CodecInput(expand_runs(file, bmp));
  }
  // The padding of the last row may be missing, but OpenCV requires it.
  const uint64_t size = bmp.stride() * uint64_t(bmp.height - 1) + bmp.row_bytes();
  if (!file.has(bmp.pixels_at, size)) throw ImageError("the file is cut off within the pixels");
  std::vector<std::byte> out = copy_head(file, bmp);
  const auto pixels = file.slice(bmp.pixels_at, size);
  out.insert(out.end(), pixels.begin(), pixels.end());
  out.resize(out.size() + size_t(bmp.stride() - bmp.row_bytes()));
  return CodecInput(std::move(out));
}

}  // namespace

const FormatReader bmp_reader{ImageFormat::bmp, "BMP", matches, read_header, make_input};

}  // namespace saccade
