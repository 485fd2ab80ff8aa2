// What `saccade batch` was asked to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/command_line.h"
#include "app/picture_tree.h"
#include "app/prediction_options.h"

namespace saccade {

struct BatchOptions : PredictionOptions {
  std::filesystem::path folder;  ///< where results go
  TreeOptions tree;
  std::optional<int64_t> batch_size;   ///< nullopt: by the model
  std::optional<int> decode_threads;   ///< nullopt: as many as the process may use CPUs
  std::optional<uint64_t> max_memory;  ///< bytes; nullopt: a quarter of what there is
  bool overwrite = false;
  bool resume = false;
  bool retry_failed = false;
  bool strict = false;
};

const CommandSpec& batch_command();

/// Throws UsageError where a value is bad, options contradict each other, or PATH or -o is missing.
BatchOptions batch_options(const ParsedArguments& arguments);

}  // namespace saccade
