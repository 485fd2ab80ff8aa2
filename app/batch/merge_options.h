// Options of `saccade merge`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/batch/results/result_formats.h"
#include "app/cli/command_line.h"

namespace saccade {

struct MergeOptions {
  std::vector<std::string> paths;  ///< folders of shards, or folders that hold shards
  std::filesystem::path folder;    ///< of the merged results
  ResultFormats formats;
  bool overwrite = false;
};

const CommandSpec& merge_command();

/// Throws UsageError if a value is invalid, or OUT or -o is missing.
MergeOptions merge_options(const ParsedArguments& arguments);

}  // namespace saccade
