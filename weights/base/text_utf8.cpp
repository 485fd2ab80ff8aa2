#include "weights/base/text_utf8.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace saccade {
namespace {

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string_view without_spaces(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  text.remove_suffix(text.size() - (text.find_last_not_of(" \t") + 1));
  return text;
}

/// `text` must be UTF-8.
std::string folded_utf8(std::string_view text) {
  constexpr auto options =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &mapped, options);
  if (size < 0) throw std::bad_alloc();
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  return {reinterpret_cast<const char*>(mapped), static_cast<size_t>(size)};
}

}  // namespace

Utf8Character first_character(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  utf8proc_int32_t code = 0;
  const utf8proc_ssize_t size =
      utf8proc_iterate(bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &code);
  if (size <= 0 || code < 0) return {Utf8Character::kInvalid + first, 1};
  return {static_cast<char32_t>(code), static_cast<size_t>(size)};
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    if (!character.valid()) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

std::string_view utf8_prefix(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  size_t end = 0;
  while (end < most) {
    const size_t next = end + first_character(text.substr(end)).bytes;
    if (next > most) break;
    end = next;
  }
  return text.substr(0, end);
}

std::u32string character_codes(std::string_view text) {
  std::u32string codes;
  while (!text.empty()) {
    const Utf8Character character = first_character(text);
    codes += character.code;
    text.remove_prefix(character.bytes);
  }
  return codes;
}

std::string folded_name(std::string_view text) {
  text = without_spaces(text);
  std::string folded;
  if (is_ascii(text)) {
    folded = text;
    for (char& c : folded) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return folded;
  }
  while (!text.empty()) {
    size_t end = 0;  // of what is valid
    while (end < text.size()) {
      const Utf8Character character = first_character(text.substr(end));
      if (!character.valid()) break;
      end += character.bytes;
    }
    folded += folded_utf8(text.substr(0, end));
    text.remove_prefix(end);
    if (text.empty()) break;
    folded += text.front();
    text.remove_prefix(1);
  }
  return folded;
}

}  // namespace saccade
