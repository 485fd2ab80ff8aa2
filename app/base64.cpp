#include "app/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace saccade {

std::string base64(std::span<const std::byte> bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve(base64_size(bytes.size()));
  while (!bytes.empty()) {
    const size_t taken = std::min(bytes.size(), size_t{3});
    std::array<uint32_t, 3> group{};
    for (size_t i = 0; i < taken; ++i) group[i] = std::to_integer<uint32_t>(bytes[i]);
    const uint32_t bits = group[0] << 16 | group[1] << 8 | group[2];
    text += kDigits[bits >> 18];
    text += kDigits[bits >> 12 & 63];
    text += taken > 1 ? kDigits[bits >> 6 & 63] : '=';
    text += taken > 2 ? kDigits[bits & 63] : '=';
    bytes = bytes.subspan(taken);
  }
  return text;
}

}  // namespace saccade
