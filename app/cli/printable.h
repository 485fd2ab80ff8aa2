// Makes untrusted text (file names, labels) safe to print on one line of a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace saccade {

/// Escapes control characters in `text` (\n, \x1b, ...). Other bytes stay as they are, UTF-8 or
/// not.
std::string printable(std::string_view text);

}  // namespace saccade
