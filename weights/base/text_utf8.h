// UTF-8: valid or not, character by character, and the form in which names are compared.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace saccade {

/// The first character of a text. A byte that begins no valid UTF-8 is a character of its own.
struct Utf8Character {
  char32_t code = 0;  ///< the code point; kInvalid plus the byte if it is not UTF-8
  size_t bytes = 0;   ///< 1 to 4

  static constexpr char32_t kInvalid = 0x110000;
  bool valid() const { return code < kInvalid; }
};

/// `text` must not be empty.
Utf8Character first_character(std::string_view text);

/// Whether `text` is UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

/// Returns as much of the beginning of `text` as fits `most` bytes and ends between characters.
std::string_view utf8_prefix(std::string_view text, size_t most);

/// Returns the characters' codes, as in Utf8Character.
std::u32string character_codes(std::string_view text);

/// Returns the form in which names are compared: full case folding and normalisation form C of
/// Unicode, without surrounding spaces and tabs. "STRASSE" and "Straße" are equal, and so are "é"
/// of one character and of two. Bytes that are not UTF-8 stay as they are.
std::string folded_name(std::string_view text);

}  // namespace saccade
