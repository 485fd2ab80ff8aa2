// Text in messages: untrusted bytes made safe to print, and corrections of mistyped words.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

/// Returns `text` fit for one line on a terminal: UTF-8 stays as it is, but control characters (\n,
/// \t, \r, \xNN), characters that end a line or turn its direction (\u202e), and bytes that are not
/// UTF-8 (\xNN) are escaped.
std::string escaped(std::string_view text);

/// Returns `text` escaped and in double quotes; quotes and backslashes get a backslash, and text
/// longer than 120 bytes is cut between characters and followed by "...".
std::string quote(std::string_view text);

/// Returns `text` with its control characters escaped (\n, \x1b, ...), so that it neither breaks
/// the line nor sends commands to the terminal. All other bytes stay as they are, UTF-8 or not.
std::string printable(std::string_view text);

/// Returns `text`, of several lines, fit for a terminal: as escaped(), but line feeds and tabs
/// stay, and all characters are escaped as in JSON (\u009b), so that JSON stays JSON.
std::string terminal_text(std::string_view text);

/// Returns the candidate that starts with `word`, or else the one with the smallest edit distance
/// (insert, delete, replace, swap neighbours). Returns nullopt if `word` is shorter than two
/// characters, or if every candidate is more edits away than max(1, a third of its characters).
std::optional<std::string_view> closest_match(std::string_view word,
                                              std::span<const std::string_view> candidates);

}  // namespace saccade
