#include "app/batch/merge_options.h"

#include <string_view>

#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr std::string_view kMergeAbout =
    "Merges the results of all shards of a run into one folder, in the order of the whole run. "
    "All shards must be finished and each picture must be in one of them. Overlays and sorted "
    "pictures are included, as hard links where the file system allows them, else as copies.\n"
    "\n"
    "OUT is a shard's folder, or a folder that holds shards.";

constexpr std::string_view kMergeClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage, or
the shards are not a whole run; 3 some pictures failed.

Examples:
  saccade merge out -o whole
  saccade merge out/shard-*-of-8 -o whole --results csv
)";

}  // namespace

const CommandSpec& merge_command() {
  static const CommandSpec command{
      "merge",
      "OUT... -o DIR [options]",
      kMergeAbout,
      {{"Options",
        {{"output", 'o', "DIR", "folder for the merged results, created if missing"},
         results_option(),
         {"overwrite", 0, "", "replace the results in DIR"},
         {"help", 'h', "", "show this text"}}},
       {"CSV", csv_options()}},
      kMergeClosing};
  return command;
}

MergeOptions merge_options(const ParsedArguments& arguments) {
  MergeOptions options;
  options.paths = arguments.positional();
  if (options.paths.empty()) {
    throw UsageError(
        "no shards given; try 'saccade merge OUT -o DIR', where OUT is the folder that holds them");
  }
  const auto folder = arguments.value("output");
  if (!folder) throw UsageError("no folder for the results given; try -o DIR");
  options.folder = *folder;
  options.formats = result_formats(arguments);
  options.overwrite = arguments.has("overwrite");
  return options;
}

}  // namespace saccade
