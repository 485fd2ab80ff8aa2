// Text of untrusted origin, made fit for one line of an error message.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

/// `text` in double quotes: quotes, backslashes and every byte outside printable ASCII are escaped
/// (\n, \t, \r, \xNN), and what exceeds 120 bytes is cut to "...".
std::string quote(std::string_view text);

}  // namespace saccade
