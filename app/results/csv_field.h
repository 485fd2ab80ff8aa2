// Text fields of CSV files, and the options for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/cli/command_line.h"

namespace saccade {

/// What to do with a text that a spreadsheet would run as a formula: one that begins with =, +, -,
/// @, their full-width forms, a tab or a line break (OWASP, "CSV Injection").
enum class CsvFormulas {
  disarmed,  ///< put an apostrophe before it: the spreadsheet shows it as text
  kept,
};

/// Quotes the text if it has a comma, a quote or a line break, and doubles its quotes (RFC 4180,
/// section 2). Bytes that are not UTF-8 become U+FFFD, as in JSON.
std::string csv_field(std::string_view bytes, CsvFormulas formulas);

/// --csv-safe and --no-csv-safe.
std::vector<OptionSpec> csv_options();
CsvFormulas csv_formulas(const ParsedArguments& arguments);

}  // namespace saccade
