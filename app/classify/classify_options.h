// What `saccade classify` was asked to do.
#pragma once

#include <filesystem>
#include <optional>

#include "app/cli/command_line.h"
#include "app/predict/prediction_options.h"

namespace saccade {

struct ClassifyOptions : PredictionOptions {
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
};

const CommandSpec& classify_command();

/// Throws UsageError where a value is bad, options contradict each other, or there is no PATH.
ClassifyOptions classify_options(const ParsedArguments& arguments);

}  // namespace saccade
