// Errors and notes, as lines on standard error.
#pragma once

#include <string_view>

namespace saccade {

/// Prints "saccade: error: TEXT". Control characters in `text` are escaped, so it is one line; on a
/// terminal also what is not UTF-8 or turns the direction of text.
void print_error(std::string_view text);

/// Prints "saccade: TEXT".
void print_note(std::string_view text);

}  // namespace saccade
