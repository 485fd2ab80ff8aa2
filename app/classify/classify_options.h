// Options of `saccade classify`.
#pragma once

#include <filesystem>
#include <optional>

#include "app/cli/command_line.h"
#include "app/predict/prediction_options.h"

namespace saccade {

struct ClassifyOptions : PredictionOptions {
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
  bool overwrite = false;                       ///< replace a file of another program, too
};

const CommandSpec& classify_command();

/// Throws UsageError if a value is invalid, options contradict each other, or PATH is missing.
ClassifyOptions classify_options(const ParsedArguments& arguments);

}  // namespace saccade
