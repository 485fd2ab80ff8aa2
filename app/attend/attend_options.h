// What `saccade attend` was asked to do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/cli/command_line.h"
#include "app/maps/map_options.h"
#include "app/maps/raw_map.h"
#include "app/predict/prediction_options.h"
#include "vision/overlay/overlay.h"

namespace saccade {

struct AttendOptions : PredictionOptions {
  std::filesystem::path folder = ".";  ///< where files go
  MapOptions maps;
  OverlayStyle style;
  std::string extension = ".png";  ///< of overlays and sheets
  bool caption = false;
  bool panel = false;
  bool html = false;
  std::optional<RawFormat> raw;
};

const CommandSpec& attend_command();

/// Throws UsageError where a value is bad, options contradict each other, or there is no PATH.
AttendOptions attend_options(const ParsedArguments& arguments);

}  // namespace saccade
