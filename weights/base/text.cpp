#include "weights/base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

constexpr size_t max_quoted = 120;

/// Ends a line, or changes the direction of the text around it.
bool disturbs_line(char32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

std::string json_escape(char32_t code) {
  return fmt::format("\\u{:04x}", static_cast<uint32_t>(code));
}

std::string escape(unsigned char byte) {
  switch (byte) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return fmt::format("\\x{:02x}", byte);
  }
}

/// Optimal string alignment distance: Levenshtein's, with a swap of neighbours as one edit.
size_t edit_distance(const std::u32string& a, const std::u32string& b) {
  std::vector<size_t> before_last(b.size() + 1);
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const std::string_view bytes = text.substr(0, character.bytes);
    const char32_t code = character.code;
    if (!character.valid() || is_control(code)) {
      for (const char c : bytes) result += escape(static_cast<unsigned char>(c));
    } else if (disturbs_line(code)) {
      result += json_escape(code);
    } else {
      result += bytes;
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::string quote(std::string_view text) {
  const std::string_view shown = utf8_prefix(text, max_quoted);
  std::string marked;
  for (const char c : shown) {
    if (c == '"' || c == '\\') marked += '\\';
    marked += c;
  }
  return '"' + escaped(marked) + (shown.size() < text.size() ? "\"..." : "\"");
}

std::string printable(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte < 0x20 || byte == 0x7f) {
      result += escape(byte);
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F in UTF-8
      result += escape(byte) + escape(next);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string terminal_text(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    const std::string_view bytes = text.substr(0, character.bytes);
    const char32_t code = character.code;
    if (!character.valid()) {
      for (const char c : bytes) result += escape(static_cast<unsigned char>(c));
    } else if ((is_control(code) && code != '\n' && code != '\t') || disturbs_line(code)) {
      result += json_escape(code);
    } else {
      result += bytes;
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::optional<std::string_view> closest_match(std::string_view word,
                                              std::span<const std::string_view> candidates) {
  const std::u32string wanted = character_codes(word);
  if (wanted.size() < 2) return std::nullopt;  // one letter is close to every short word
  std::optional<std::string_view> best;
  size_t best_distance = std::max<size_t>(1, wanted.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t distance =
        candidate.starts_with(word) ? 0 : edit_distance(wanted, character_codes(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace saccade
