#include "app/batch/merge_options.h"

#include <string_view>

#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr std::string_view kMergeAbout =
    "Makes one folder of results of the shards of a run, in the order of the whole: all of them, "
    "finished, each picture in one. Overlays and sorted pictures come along, as further names of "
    "the same files where the file system allows.\n"
    "\n"
    "OUT is a shard's folder, or a folder that holds shards.";

constexpr std::string_view kMergeClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage, or the shards make
no whole; 3 some pictures failed.

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
        {{"output", 'o', "DIR", "where the whole goes, made where it is missing"},
         results_option(),
         {"overwrite", 0, "", "replace the results in DIR"},
         {"help", 'h', "", "show this text"}}}},
      kMergeClosing};
  return command;
}

MergeOptions merge_options(const ParsedArguments& arguments) {
  MergeOptions options;
  options.paths = arguments.positional();
  if (options.paths.empty()) {
    throw UsageError("no shards given; try 'saccade merge OUT -o DIR', where OUT holds them");
  }
  const auto folder = arguments.value("output");
  if (!folder) throw UsageError("no folder for the results given; try -o DIR");
  options.folder = *folder;
  options.formats = result_formats(arguments);
  options.overwrite = arguments.has("overwrite");
  return options;
}

}  // namespace saccade
