#include "app/batch/results/result_formats.h"

#include <string>
#include <string_view>

#include "app/cli/option_values.h"

namespace saccade {

OptionSpec results_option() {
  return {"results", 0, "FORMATS",
          "jsonl (always written), csv, sqlite; separate several by commas"};
}

ResultFormats result_formats(const ParsedArguments& arguments) {
  ResultFormats formats;
  formats.formulas = csv_formulas(arguments);
  const std::string text = arguments.value("results").value_or("jsonl");
  for (const std::string_view format : split(text, ',')) {
    if (format == "csv") {
      formats.csv = true;
    } else if (format == "sqlite") {
      formats.sqlite = true;
    } else if (format != "jsonl") {
      refuse_value("results", "jsonl, csv, sqlite, or several separated by commas", text);
    }
  }
  return formats;
}

}  // namespace saccade
