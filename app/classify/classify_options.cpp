#include "app/classify/classify_options.h"

#include <algorithm>
#include <string_view>

#include "app/predict/preprocess_options.h"

namespace saccade {
namespace {

constexpr std::string_view kAbout =
    "Classifies pictures: prints the classes with the highest scores for each.\n"
    "\n"
    "PATH is a picture (JPEG, PNG, WebP, TIFF, BMP, PNM, GIF, AVIF, HEIF, JPEG 2000), a folder, "
    "which "
    "is walked with its sub-folders in natural order, @FILE for a list of pictures, one path per "
    "line, or - for such "
    "a list on standard input. Options and paths may be mixed; after -- everything is a path.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed. Each failure is one line on standard error.

Examples:
  saccade classify cat.png
  saccade classify -m google/vit-base-patch16-224 -k 3 *.jpg
  saccade classify @list.txt --format csv -o results.csv
  saccade classify photos --format jsonl
  find photos -name '*.jpg' -newer last -print0 | saccade classify -0 -
)";

/// The general options with --overwrite after --output.
OptionGroup classify_general_options() {
  OptionGroup group =
      general_options({"format", 0, "FORMAT", "text, json, jsonl or csv; default text"},
                      {"output", 'o', "FILE", "write results to FILE instead of standard output"});
  const auto output = std::find_if(group.options.begin(), group.options.end(),
                                   [](const OptionSpec& one) { return one.name == "output"; });
  group.options.insert(output + 1, overwrite_option());
  return group;
}

}  // namespace

const CommandSpec& classify_command() {
  static const CommandSpec command{
      "classify",
      "[PATH...] [-m MODEL] [options]",
      kAbout,
      {classify_general_options(), {"CSV", csv_options()}, score_options(), preprocess_options()},
      kClosing};
  return command;
}

ClassifyOptions classify_options(const ParsedArguments& arguments) {
  ClassifyOptions options{prediction_options(arguments, "classify"), {}, false};
  options.overwrite = arguments.has("overwrite");
  options.output = arguments.value("output");
  return options;
}

}  // namespace saccade
