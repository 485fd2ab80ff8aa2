#include "app/batch_options.h"

#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "app/option_values.h"
#include "app/preprocess_options.h"
#include "weights/errors.h"

namespace saccade {
namespace {

constexpr std::string_view kAbout =
    "Classifies many pictures: reads ahead, runs several through the model at a time, and writes "
    "DIR/results.jsonl, a line a picture in their order, each as soon as it is there. DIR/run.json "
    "says how the run was made and what failed.\n"
    "\n"
    "PATH is a folder, a picture, @FILE for a list of pictures, one path a line, or - for such a "
    "list on standard input. DIR itself is never walked.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed; 130 or 143 stopped by Ctrl-C or SIGTERM.

Examples:
  saccade batch photos -o out
  saccade batch photos -o out --resume
  saccade batch -m vit-base-patch16-224 --include '*.jpg,*.png' photos -o out
)";

OptionGroup folder_options() {
  return {"Folders",
          {{"no-recursive", 0, "", "leave sub-folders out"},
           {"recursive", 0, "", "take sub-folders too (the default)"},
           {"include", 0, "GLOB",
            "only files whose path in the folder matches, e.g. '*.jpg'; * matches slashes too; "
            "several with commas between"},
           {"exclude", 0, "GLOB", "leave out files and sub-folders whose path matches"}}};
}

OptionGroup run_options() {
  return {
      "Run",
      {{"resume", 0, "", "go on with the run in DIR where it stopped"},
       {"retry-failed", 0, "", "with --resume: try pictures that failed once more"},
       {"overwrite", 0, "", "replace the results in DIR"},
       {"strict", 0, "", "stop at the first picture that fails"},
       {"batch-size", 0, "N", "pictures that go through the model together; default auto"},
       {"decode-threads", 0, "N", "threads that read pictures; default auto: one a CPU"},
       {"max-memory", 0, "SIZE",
        "what the program may take, e.g. 500M or 4G; default: a quarter of the memory there is"}}};
}

std::vector<std::string> globs(const ParsedArguments& arguments, std::string_view option) {
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return {};
  std::vector<std::string> globs;
  for (const std::string_view glob : split(*text, ',')) {
    if (glob.empty()) refuse_value(option, "globs with commas between", *text);
    globs.emplace_back(glob);
  }
  return globs;
}

/// "auto" is as good as no option.
std::optional<int64_t> automatic_value(const ParsedArguments& arguments, std::string_view option,
                                       int64_t high) {
  if (arguments.value(option) == "auto") return std::nullopt;
  return integer_value(arguments, option, 1, high);
}

std::optional<uint64_t> memory_value(const ParsedArguments& arguments, std::string_view option) {
  constexpr std::array<std::pair<char, int>, 4> kUnits{
      {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}}};
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  int shift = 0;
  for (const auto& [unit, bits] : kUnits) {
    if (!digits.ends_with(unit)) continue;
    shift = bits;
    digits.remove_suffix(1);
    break;
  }
  const auto number = counted(digits, std::numeric_limits<int64_t>::max() >> shift);
  if (!number || *number == 0) {
    refuse_value(option, "bytes as a whole number, with K, M, G or T (1024 each) after it", *text);
  }
  return static_cast<uint64_t>(*number) << shift;
}

void refuse_contradictions(const ParsedArguments& arguments) {
  const auto refuse_pair = [&](std::string_view a, std::string_view b) {
    if (!arguments.has(a) || !arguments.has(b)) return;
    throw UsageError(fmt::format("--{} and --{} contradict each other; give one of them", a, b));
  };
  refuse_pair("recursive", "no-recursive");
  refuse_pair("resume", "overwrite");
  if (arguments.has("retry-failed") && !arguments.has("resume")) {
    throw UsageError("--retry-failed goes with --resume only");
  }
}

}  // namespace

const CommandSpec& batch_command() {
  static const CommandSpec command{
      "batch",
      "PATH... -o DIR [-m MODEL] [options]",
      kAbout,
      {general_options({"results", 0, "FORMAT", "jsonl; default jsonl"},
                       {"output", 'o', "DIR", "where results go, made where it is missing"}),
       folder_options(), run_options(), score_options(), preprocess_options()},
      kClosing};
  return command;
}

BatchOptions batch_options(const ParsedArguments& arguments) {
  constexpr Names<OutputFormat, 1> kResults{{{"jsonl", OutputFormat::jsonl}}};
  BatchOptions options;
  static_cast<PredictionOptions&>(options) = prediction_options(arguments, "batch");
  options.format = choice_value(arguments, "results", kResults).value_or(OutputFormat::jsonl);
  const auto folder = arguments.value("output");
  if (!folder) throw UsageError("no folder for the results given; try -o DIR");
  refuse_contradictions(arguments);
  options.folder = *folder;
  options.tree.recursive = !arguments.has("no-recursive");
  options.tree.include = globs(arguments, "include");
  options.tree.exclude = globs(arguments, "exclude");
  options.tree.never = {*folder};
  options.batch_size = automatic_value(arguments, "batch-size", 1024);
  if (const auto threads = automatic_value(arguments, "decode-threads", 1024)) {
    options.decode_threads = static_cast<int>(*threads);
  }
  options.max_memory = memory_value(arguments, "max-memory");
  options.overwrite = arguments.has("overwrite");
  options.resume = arguments.has("resume");
  options.retry_failed = arguments.has("retry-failed");
  options.strict = arguments.has("strict");
  return options;
}

}  // namespace saccade
