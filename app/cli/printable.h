// Text of untrusted origin (file names, labels), made fit for one line of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace saccade {

/// `text` with control characters escaped (\n, \x1b, ...), so that it neither breaks the line nor
/// commands the terminal. Other bytes stay as they are, UTF-8 or not.
std::string printable(std::string_view text);

}  // namespace saccade
