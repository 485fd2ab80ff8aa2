// The option --results: formats of a run's results.
#pragma once

#include "app/cli/command_line.h"
#include "app/results/csv_field.h"

namespace saccade {

/// Formats in addition to results.jsonl, which is always written.
struct ResultFormats {
  bool csv = false;
  bool sqlite = false;
  CsvFormulas formulas = CsvFormulas::disarmed;
};

OptionSpec results_option();

/// Throws UsageError if the value is invalid.
ResultFormats result_formats(const ParsedArguments& arguments);

}  // namespace saccade
