// Text in messages: untrusted bytes made safe to print, and corrections of mistyped words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

/// Returns `text` in double quotes, fit for one line of an error message: quotes, backslashes and
/// every byte outside printable ASCII are escaped (\n, \t, \r, \xNN), and text longer than 120
/// bytes is cut and followed by "...".
std::string quote(std::string_view text);

/// Returns `text` with its control characters escaped (\n, \x1b, ...), so that it neither breaks
/// the line nor sends commands to the terminal. All other bytes stay as they are, UTF-8 or not.
std::string printable(std::string_view text);

/// Returns the candidate that starts with `word`, or else the one with the smallest edit distance
/// (insert, delete, replace, swap neighbours). Returns nullopt if `word` is shorter than two bytes,
/// or if every candidate is more than max(1, word.size() / 3) edits away.
std::optional<std::string_view> closest_match(std::string_view word,
                                              std::span<const std::string_view> candidates);

}  // namespace saccade
