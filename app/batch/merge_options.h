// What `saccade merge` was asked to do.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/batch/results/result_formats.h"
#include "app/cli/command_line.h"

namespace saccade {

struct MergeOptions {
  std::vector<std::string> paths;  ///< folders of shards, or folders that hold such
  std::filesystem::path folder;    ///< where the whole goes
  ResultFormats formats;
  bool overwrite = false;
};

const CommandSpec& merge_command();

/// Throws UsageError where a value is bad, or OUT or -o is missing.
MergeOptions merge_options(const ParsedArguments& arguments);

}  // namespace saccade
