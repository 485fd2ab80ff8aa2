// --results: the formats that a run's results come in.
#pragma once

#include "app/cli/command_line.h"

namespace saccade {

/// Besides results.jsonl, which is always there.
struct ResultFormats {
  bool csv = false;
  bool sqlite = false;
};

OptionSpec results_option();

/// Throws UsageError where the value is bad.
ResultFormats result_formats(const ParsedArguments& arguments);

}  // namespace saccade
