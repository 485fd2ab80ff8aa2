// Fields of CSV files.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

/// Quotes the text if it has a comma, a quote or a line break, and doubles its quotes (RFC 4180,
/// section 2). Bytes that are not UTF-8 become U+FFFD, as in JSON.
std::string csv_field(std::string_view bytes);

}  // namespace saccade
