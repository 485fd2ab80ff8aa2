// Options of `saccade batch`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/batch/results/result_formats.h"
#include "app/batch/sorted_folders.h"
#include "app/cli/command_line.h"
#include "app/inputs/picture_tree.h"
#include "app/pipeline/resource_plan.h"
#include "app/predict/prediction_options.h"
#include "app/results/map_method.h"
#include "app/system/shard.h"

namespace saccade {

struct BatchOptions : PredictionOptions {
  std::filesystem::path folder;  ///< of the results
  TreeOptions tree;
  /// nullopt: all pictures. If set, `folder` is the shard's own folder.
  std::optional<Shard> shard;
  ResourceRequest resources;
  ResultFormats formats;
  std::optional<MapMethod> overlays;  ///< nullopt: none
  std::optional<SortMode> sort;       ///< nullopt: not sorted
  bool report = false;
  bool watch = false;
  bool overwrite = false;
  bool resume = false;
  bool retry_failed = false;
  bool strict = false;
  bool machine = true;  ///< record paths, command and host
};

const CommandSpec& batch_command();

/// Throws UsageError if a value is invalid, options contradict each other, or PATH or -o is
/// missing.
BatchOptions batch_options(const ParsedArguments& arguments);

}  // namespace saccade
