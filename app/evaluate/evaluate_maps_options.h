// What `saccade evaluate-maps` was asked to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "app/cli/command_line.h"
#include "app/maps/map_options.h"
#include "app/predict/prediction_options.h"

namespace saccade {

struct EvaluateMapsOptions : PredictionOptions {
  std::filesystem::path list;  ///< of pictures, classes and boxes
  std::filesystem::path root;  ///< where the pictures' paths begin
  MapOptions maps;
  bool best_class = true;  ///< explain what the model answers, not the list's class
  int64_t steps = 0;       ///< of deletion and insertion; 0 leaves them out
  bool json = false;
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
};

const CommandSpec& evaluate_maps_command();

/// Throws UsageError where a value is bad.
EvaluateMapsOptions evaluate_maps_options(const ParsedArguments& arguments);

}  // namespace saccade
