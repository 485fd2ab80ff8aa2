#include "vision/decode/hevc_size.h"

#include <algorithm>
#include <vector>

namespace saccade {
namespace {

constexpr uint8_t sequence_parameters = 33;  // the type of the unit that has the size

/// Bits of a unit, most significant first, without the bytes that keep start codes out of it.
class UnitBits {
 public:
  explicit UnitBits(ByteView unit) {
    int zeros = 0;
    for (const std::byte byte : unit.span().first(size_t(std::min<uint64_t>(unit.size(), 512)))) {
      if (zeros >= 2 && byte == std::byte(3)) {
        zeros = 0;
        continue;
      }
      zeros = byte == std::byte(0) ? zeros + 1 : 0;
      bytes_.push_back(byte);
    }
  }

  uint64_t bits(int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      value = value << 1 | (ByteView(bytes_).u8(at_ / 8) >> (7 - at_ % 8) & 1);
    }
    return value;
  }
  void skip(uint64_t count) { at_ += count; }
  /// An unsigned Exp-Golomb code.
  uint64_t number() {
    int zeros = 0;
    while (bits(1) == 0) {
      if (++zeros > 31) throw ImageError("a number of an HEVC picture is too large");
    }
    return (uint64_t{1} << zeros) - 1 + bits(zeros);
  }

 private:
  std::vector<std::byte> bytes_;
  uint64_t at_ = 0;
};

uint64_t pixels_of(ByteView unit) {
  UnitBits sps(unit);
  sps.skip(16 + 4);
  const uint64_t layers = sps.bits(3);
  constexpr int profile = 88, level = 8;
  sps.skip(1 + profile + level);
  uint64_t skipped = 0;
  for (uint64_t i = 0; i < layers; ++i) skipped += profile * sps.bits(1) + level * sps.bits(1);
  if (layers > 0) sps.skip(2 * (8 - layers) + skipped);
  sps.number();  // its identifier
  constexpr uint64_t full_chroma = 3;
  if (sps.number() == full_chroma) sps.skip(1);
  const uint64_t width = sps.number();
  return width * sps.number();
}

/// `units` are the arrays of a configuration.
uint64_t largest_of(ByteView units) {
  uint64_t largest = 0, at = 1;
  for (uint8_t arrays = units.u8(0); arrays > 0; --arrays) {
    const uint8_t type = units.u8(at) & 63;
    uint64_t count = units.big(at + 1, 2);
    for (at += 3; count > 0; --count) {
      const uint64_t size = units.big(at, 2);
      if (type == sequence_parameters) {
        largest = std::max(largest, pixels_of(ByteView(units.slice(at + 2, size))));
      }
      at += 2 + size;
    }
  }
  return largest;
}

}  // namespace

uint64_t largest_hevc_picture(ByteView file) {
  constexpr uint64_t fixed = 22;  // bytes before the arrays
  const std::string_view bytes = file.text(0, file.size());
  uint64_t largest = 0;
  for (size_t at = bytes.find("hvcC"); at != bytes.npos; at = bytes.find("hvcC", at + 4)) {
    try {
      const uint64_t start = at + 4 + fixed;
      largest = std::max(
          largest,
          largest_of(ByteView(file.slice(start, file.size() - std::min(start, file.size())))));
    } catch (const ImageError&) {
      // Not a configuration, or one that libheif refuses, too.
    }
  }
  return largest;
}

}  // namespace saccade
