// What the program says besides its results: lines on standard error.
#pragma once

#include <string_view>

namespace saccade {

/// "saccade: error: TEXT"; control characters in `text` are escaped, so it is always one line.
void print_error(std::string_view text);

/// "saccade: TEXT", for notes and for what -v tells.
void print_note(std::string_view text);

}  // namespace saccade
