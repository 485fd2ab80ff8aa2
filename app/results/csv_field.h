// Fields of CSV files.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

/// Quotes `text` if it has a comma, a quote or a line break, and doubles its quotes (RFC 4180,
/// section 2).
std::string csv_field(std::string_view text);

}  // namespace saccade
