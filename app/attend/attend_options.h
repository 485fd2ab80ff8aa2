// Options of `saccade attend`.
#pragma once

#include <filesystem>

#include "app/cli/command_line.h"
#include "app/maps/map_options.h"
#include "app/maps/map_writer.h"
#include "app/predict/prediction_options.h"

namespace saccade {

struct AttendOptions : PredictionOptions {
  std::filesystem::path folder = ".";  ///< of the output files
  MapOptions maps;
  MapFileOptions files;
  bool html = false;
};

const CommandSpec& attend_command();

/// Throws UsageError if a value is invalid, options contradict each other, or PATH is missing.
AttendOptions attend_options(const ParsedArguments& arguments);

}  // namespace saccade
