#include "app/results/csv_field.h"

#include <algorithm>
#include <array>

#include "app/results/json_values.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

bool is_formula(std::string_view text) {
  constexpr std::array<std::string_view, 11> kBeginnings{"=",
                                                         "+",
                                                         "-",
                                                         "@",
                                                         "\t",
                                                         "\r",
                                                         "\n",
                                                         "\xef\xbc\x9d",
                                                         "\xef\xbc\x8b",
                                                         "\xef\xbc\x8d",
                                                         "\xef\xbc\xa0"};
  return std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return text.starts_with(beginning); });
}

}  // namespace

std::string csv_field(std::string_view bytes, CsvFormulas formulas) {
  std::string text = utf8_text(std::string(bytes));
  if (formulas == CsvFormulas::disarmed && is_formula(text)) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::vector<OptionSpec> csv_options() {
  return {{"csv-safe", 0, "",
           "in CSV, put an apostrophe before names and labels that a spreadsheet would run as a "
           "formula (the default)"},
          {"no-csv-safe", 0, "", "in CSV, write all names and labels as they are"}};
}

CsvFormulas csv_formulas(const ParsedArguments& arguments) {
  if (!arguments.has("no-csv-safe")) return CsvFormulas::disarmed;
  if (arguments.has("csv-safe")) {
    throw UsageError("--csv-safe and --no-csv-safe contradict each other; give one of them");
  }
  return CsvFormulas::kept;
}

}  // namespace saccade
