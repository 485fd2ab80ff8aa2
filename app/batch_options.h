// What `saccade batch` was asked to do.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/core_split.h"
#include "app/map_method.h"
#include "app/picture_tree.h"
#include "app/prediction_options.h"
#include "app/result_formats.h"
#include "app/shard.h"
#include "app/sorted_folders.h"

namespace saccade {

struct BatchOptions : PredictionOptions {
  std::filesystem::path folder;  ///< where results go
  TreeOptions tree;
  std::optional<Shard> shard;  ///< nullopt: all pictures; else `folder` is the shard's own
  SplitWishes split;
  ResultFormats formats;
  std::optional<MapMethod> overlays;  ///< nullopt: none
  std::optional<SortMode> sort;       ///< nullopt: not sorted
  bool report = false;
  bool watch = false;
  bool overwrite = false;
  bool resume = false;
  bool retry_failed = false;
  bool strict = false;
};

const CommandSpec& batch_command();

/// Throws UsageError where a value is bad, options contradict each other, or PATH or -o is missing.
BatchOptions batch_options(const ParsedArguments& arguments);

}  // namespace saccade
