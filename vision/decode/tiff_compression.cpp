#include "vision/decode/tiff_compression.h"

#include <array>

#include "vision/decode/inflater.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr uint64_t lzw = 5, deflate = 8, old_deflate = 32946, packbits = 32773;

[[noreturn]] void throw_damaged() { throw ImageError("the TIFF's compressed data are damaged"); }

void check_deflate(std::span<const std::byte> packed, uint64_t raw_bytes) {
  Inflater inflater(packed);
  for (uint64_t done = 0; done < raw_bytes;) {
    const size_t count = inflater.next(raw_bytes - done).size();
    if (count == 0 || inflater.damaged()) throw_damaged();
    done += count;
  }
}

/// Codes of 9 to 12 bits, most significant bit first (TIFF 6.0, section 13).
class LzwCodes {
 public:
  explicit LzwCodes(std::span<const std::byte> packed) : packed_(packed) {}

  /// Returns -1 if too few bits are left.
  int next(int width) {
    while (held_ < width) {
      if (at_ == packed_.size()) return -1;
      bits_ = bits_ << 8 | uint32_t(packed_[at_++]);
      held_ += 8;
    }
    held_ -= width;
    return int(bits_ >> held_ & ((1u << width) - 1));
  }

 private:
  std::span<const std::byte> packed_;
  size_t at_ = 0;
  uint32_t bits_ = 0;
  int held_ = 0;
};

/// Tracks only the lengths of the strings, which is enough to find an invalid code.
void check_lzw(std::span<const std::byte> packed, uint64_t raw_bytes) {
  constexpr int clear = 256, end = 257, first_free = 258, max_entries = 4096;
  std::array<uint32_t, max_entries> lengths;
  lengths.fill(1);
  LzwCodes codes(packed);
  int entries = first_free, width = 9, previous = -1;
  for (uint64_t done = 0; done < raw_bytes;) {
    const int code = codes.next(width);
    if (code < 0 || code == end) throw_damaged();
    if (code == clear) {
      entries = first_free, width = 9, previous = -1;
      continue;
    }
    if (previous < 0) {
      if (code > 255) throw_damaged();
    } else {
      if (code > entries || entries == max_entries) throw_damaged();
      lengths[size_t(entries++)] = lengths[size_t(previous)] + 1;
      if (entries >= (1 << width) - 1 && width < 12) ++width;
    }
    done += lengths[size_t(code)];
    previous = code;
  }
}

/// Writers before TIFF 6.0 stored the bits in reverse order; libtiff still reads that.
bool is_old_lzw(std::span<const std::byte> packed) {
  return packed.size() >= 2 && packed[0] == std::byte(0) &&
         (packed[1] & std::byte(1)) != std::byte(0);
}

/// PackBits: a count byte, then that many bytes or one byte to repeat (TIFF 6.0, section 9).
void check_packbits(std::span<const std::byte> packed, uint64_t raw_bytes) {
  size_t at = 0;
  for (uint64_t done = 0; done < raw_bytes;) {
    if (at == packed.size()) throw_damaged();
    const int count = int(int8_t(packed[at++]));
    if (count == -128) continue;
    const size_t literal = count < 0 ? 1 : size_t(count) + 1;
    if (literal > packed.size() - at) throw_damaged();
    at += literal;
    done += count < 0 ? uint64_t(1 - count) : literal;
  }
}

}  // namespace

void check_tiff_strip(uint64_t compression, std::span<const std::byte> packed, uint64_t raw_bytes) {
  if (compression == deflate || compression == old_deflate) check_deflate(packed, raw_bytes);
  if (compression == packbits) check_packbits(packed, raw_bytes);
  if (compression == lzw && !is_old_lzw(packed)) check_lzw(packed, raw_bytes);
}

}  // namespace saccade
