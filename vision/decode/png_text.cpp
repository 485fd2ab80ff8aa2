#include "vision/decode/png_text.h"

#include <cctype>

#include "vision/decode/inflater.h"

namespace saccade {
namespace {

/// Takes the text up to the next zero byte off `rest`. Returns nullopt if there is none.
std::optional<std::string_view> take_string(std::string_view& rest) {
  const size_t end = rest.find('\0');
  if (end == rest.npos) return std::nullopt;
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return taken;
}

std::optional<std::string> decompressed(std::string_view packed) {
  Inflater inflater(std::as_bytes(std::span(packed)));
  std::string text;
  for (;;) {
    const auto part = inflater.next(kMaxPngText + 1 - text.size());
    if (part.empty()) break;
    text.append(reinterpret_cast<const char*>(part.data()), part.size());
    if (text.size() > kMaxPngText) return std::nullopt;
  }
  if (inflater.damaged()) return std::nullopt;
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::string_view png_text_keyword(std::string_view type, ByteView data) {
  if (type != "tEXt" && type != "zTXt" && type != "iTXt") return "";
  std::string_view rest = data.text(0, data.size());
  return take_string(rest).value_or("");
}

std::optional<std::string> read_png_text(std::string_view type, ByteView data) {
  const std::string_view keyword = png_text_keyword(type, data);
  if (keyword.empty()) return std::nullopt;
  std::string_view rest = data.text(0, data.size());
  rest.remove_prefix(keyword.size() + 1);
  bool packed = type == "zTXt";
  if (type == "iTXt") {
    if (rest.size() < 2 || rest[1] != 0) return std::nullopt;  // an unknown method
    packed = rest[0] != 0;
    rest.remove_prefix(2);
    if (!take_string(rest) || !take_string(rest)) return std::nullopt;  // language, translation
  } else if (packed) {
    if (rest.empty() || rest[0] != 0) return std::nullopt;
    rest.remove_prefix(1);
  }
  return packed ? decompressed(rest) : std::string(rest);
}

std::vector<std::byte> bytes_of_raw_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const size_t end = text.find('\n');
    if (end == text.npos) return {};
    text.remove_prefix(end + 1);
  }
  std::vector<std::byte> bytes;
  int high = -1;
  for (const char c : text) {
    if (std::isspace(uint8_t(c))) continue;
    const int digit = hex_digit(c);
    if (digit < 0) return {};
    if (high >= 0) bytes.push_back(std::byte(high << 4 | digit));
    high = high < 0 ? digit : -1;
  }
  return bytes;
}

}  // namespace saccade
