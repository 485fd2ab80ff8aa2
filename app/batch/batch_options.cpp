#include "app/batch/batch_options.h"

#include <stdlib.h>

#include <string_view>

#include "app/batch/results/result_formats.h"
#include "app/cli/option_values.h"
#include "app/maps/map_options.h"
#include "app/pipeline/resource_options.h"
#include "app/predict/preprocess_options.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr std::string_view kAbout =
    "Classifies many pictures: reads ahead, runs several through the model at a time, and writes "
    "DIR/results.jsonl, one line per picture, in the order of the pictures and as soon as each is "
    "ready. DIR/run.json records the settings of the run and what failed.\n"
    "\n"
    "PATH is a folder, a picture, @FILE for a list of pictures, one path per line, or - for such "
    "a list on standard input. DIR itself is never searched for pictures.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage; 3
some pictures failed; 130 or 143 stopped by Ctrl-C or SIGTERM. A shard that
finishes exits with 0 even if pictures failed.

Examples:
  saccade batch photos -o out
  saccade batch photos -o out --resume
  saccade batch -m google/vit-base-patch16-224 --include '*.jpg' photos -o out
)";

OptionGroup folder_options() {
  return {"Folders",
          {{"no-recursive", 0, "", "skip sub-folders"},
           {"recursive", 0, "", "search sub-folders too (the default)"},
           {"include", 0, "GLOB",
            "only files whose path in the folder matches, e.g. '*.jpg'; * matches slashes too; "
            "separate several by commas"},
           {"exclude", 0, "GLOB", "skip files and sub-folders whose path matches"}}};
}

OptionGroup file_options() {
  return {"Files in DIR",
          {{"overlays", 0, "[=METHOD]",
            "write a heatmap of each picture's best class to DIR/overlays; METHOD as in saccade "
            "attend, default saccade"},
           {"sort-into-folders", 0, "HOW",
            "put each picture into DIR/sorted/CLASS: link (symbolic) or copy"},
           {"report", 0, "", "write a gallery page, DIR/report/index.html"},
           {"no-machine", 0, "",
            "leave the command, the host's name and absolute paths out of the files, so that they "
            "can be passed on"}}};
}

OptionGroup run_options() {
  return {"Run",
          {{"resume", 0, "", "continue the run in DIR where it stopped"},
           {"retry-failed", 0, "", "with --resume: try failed pictures again"},
           {"overwrite", 0, "", "replace the results in DIR"},
           {"strict", 0, "", "stop at the first picture that fails"},
           {"shard", 0, "I/N",
            "process only part I of N, into DIR/shard-I-of-N, for saccade merge; auto/N: take the "
            "index of a Kubernetes indexed job; default: as set by MPI or srun"},
           {"watch", 0, "",
            "keep running and classify new pictures as they appear in the folders, until Ctrl-C"}}};
}

std::vector<std::string> globs(const ParsedArguments& arguments, std::string_view option) {
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return {};
  std::vector<std::string> globs;
  for (const std::string_view glob : split(*text, ',')) {
    if (glob.empty()) refuse_value(option, "globs separated by commas", *text);
    globs.emplace_back(glob);
  }
  return globs;
}

std::optional<MapMethod> overlay_method(const ParsedArguments& arguments) {
  const std::optional<std::string> text = arguments.value("overlays");
  if (!text) return std::nullopt;
  return text->empty() ? MapMethod::saccade : parse_choice("overlays", kMethodNames, *text);
}

void refuse_contradictions(const ParsedArguments& arguments) {
  const auto refuse_pair = [&](std::string_view a, std::string_view b) {
    if (!arguments.has(a) || !arguments.has(b)) return;
    throw UsageError(fmt::format("--{} and --{} contradict each other; give one of them", a, b));
  };
  refuse_pair("recursive", "no-recursive");
  refuse_pair("resume", "overwrite");
  if (arguments.has("retry-failed") && !arguments.has("resume")) {
    throw UsageError("--retry-failed requires --resume");
  }
}

}  // namespace

const CommandSpec& batch_command() {
  static const CommandSpec command{
      "batch",
      "PATH... -o DIR [-m MODEL] [options]",
      kAbout,
      {general_options(results_option(),
                       {"output", 'o', "DIR", "folder for the results, created if missing"}),
       file_options(),
       {"CSV", csv_options()},
       folder_options(),
       run_options(),
       resource_options(),
       score_options(),
       preprocess_options()},
      kClosing};
  return command;
}

BatchOptions batch_options(const ParsedArguments& arguments) {
  constexpr Choices<SortMode, 2> kSorting{{{"link", SortMode::link}, {"copy", SortMode::copy}}};
  BatchOptions options;
  static_cast<PredictionOptions&>(options) = prediction_options(arguments, "batch");
  const auto folder = arguments.value("output");
  if (!folder) throw UsageError("no folder for the results given; try -o DIR");
  refuse_contradictions(arguments);
  options.folder = *folder;
  options.tree.recursive = !arguments.has("no-recursive");
  options.tree.hidden = options.hidden;
  options.tree.include = globs(arguments, "include");
  options.tree.exclude = globs(arguments, "exclude");
  options.tree.excluded_folders = {*folder};
  options.shard = find_shard(arguments.value("shard"), ::getenv);
  if (options.shard) options.folder /= shard_folder(*options.shard);
  options.formats = result_formats(arguments);
  options.overlays = overlay_method(arguments);
  options.sort = choice_value(arguments, "sort-into-folders", kSorting);
  options.report = arguments.has("report");
  options.watch = arguments.has("watch");
  if (options.shard && options.watch) {
    throw UsageError("--watch cannot be split into shards; watch with one task, or omit --watch");
  }
  options.resources = resource_request(arguments, options.threads);
  options.resources.precision = options.precision;
  options.overwrite = arguments.has("overwrite");
  options.resume = arguments.has("resume");
  options.retry_failed = arguments.has("retry-failed");
  options.strict = arguments.has("strict");
  options.machine = !arguments.has("no-machine");
  options.fast_decode = fast_decode(arguments);
  return options;
}

}  // namespace saccade
