// What `saccade attend` was asked to do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/map_options.h"
#include "app/prediction_options.h"
#include "app/raw_map.h"
#include "vision/overlay.h"

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
