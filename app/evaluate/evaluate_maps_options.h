// Options of `saccade evaluate-maps`.
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
  std::filesystem::path root;  ///< base of the pictures' paths
  MapOptions maps;
  bool best_class = true;  ///< explain the model's prediction, not the list's class
  int64_t steps = 0;       ///< of deletion and insertion; 0 skips them
  bool json = false;
  bool overwrite = false;                       ///< replace a file of another program, too
  std::optional<std::filesystem::path> output;  ///< nullopt: standard output
};

const CommandSpec& evaluate_maps_command();

/// Throws UsageError if a value is invalid.
EvaluateMapsOptions evaluate_maps_options(const ParsedArguments& arguments);

}  // namespace saccade
