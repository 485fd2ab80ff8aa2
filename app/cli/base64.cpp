#include "app/cli/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace saccade {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::span<const std::byte> bytes) {
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

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  std::string_view digits = text.substr(0, text.find('='));
  uint32_t bits = 0;
  int known = 0;  // bits that are not in `bytes` yet
  for (const char digit : digits) {
    const size_t value = kDigits.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    known += 6;
    if (known < 8) continue;
    known -= 8;
    bytes += static_cast<char>(bits >> known & 0xff);
  }
  // Padding, digits too few and bits left over show in what the bytes are written as.
  if (base64(std::as_bytes(std::span(bytes))) != text) return std::nullopt;
  return bytes;
}

}  // namespace saccade
