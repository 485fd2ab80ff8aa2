// What `saccade attend` was asked to do.
#pragma once

#include <filesystem>

#include "app/cli/command_line.h"
#include "app/maps/map_options.h"
#include "app/maps/map_writer.h"
#include "app/predict/prediction_options.h"

namespace saccade {

struct AttendOptions : PredictionOptions {
  std::filesystem::path folder = ".";  ///< where files go
  MapOptions maps;
  MapFileOptions files;
  bool html = false;
};

const CommandSpec& attend_command();

/// Throws UsageError where a value is bad, options contradict each other, or there is no PATH.
AttendOptions attend_options(const ParsedArguments& arguments);

}  // namespace saccade
