// Reads numbers from untrusted bytes: every access is checked and none assumes alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "weights/base/errors.h"

namespace saccade {

/// A view of bytes. Reads past the end throw ImageError. Offsets have 64 bits, so that sums of
/// 32-bit fields do not wrap.
class ByteView {
 public:
  explicit ByteView(std::span<const std::byte> bytes) : bytes_(bytes) {}

  uint64_t size() const { return bytes_.size(); }
  std::span<const std::byte> span() const { return bytes_; }
  bool has(uint64_t offset, uint64_t count) const {
    return offset <= size() && count <= size() - offset;
  }

  std::span<const std::byte> slice(uint64_t offset, uint64_t count) const {
    if (!has(offset, count)) throw ImageError("the file is cut off");
    return bytes_.subspan(size_t(offset), size_t(count));
  }
  std::string_view text(uint64_t offset, uint64_t count) const {
    const auto part = slice(offset, count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  bool matches(uint64_t offset, std::string_view what) const {
    return has(offset, what.size()) && text(offset, what.size()) == what;
  }

  uint8_t u8(uint64_t offset) const { return uint8_t(slice(offset, 1)[0]); }
  uint64_t big(uint64_t offset, int count) const {
    uint64_t value = 0;
    for (const std::byte b : slice(offset, uint64_t(count))) value = value << 8 | uint64_t(b);
    return value;
  }
  uint64_t little(uint64_t offset, int count) const {
    uint64_t value = 0;
    const auto part = slice(offset, uint64_t(count));
    for (size_t i = part.size(); i-- > 0;) value = value << 8 | uint64_t(part[i]);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace saccade
