// Comma-separated values.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

/// RFC 4180, section 2: a field with a comma, a quote or a line break stands in quotes, in which
/// quotes are doubled.
std::string csv_field(std::string_view text);

}  // namespace saccade
