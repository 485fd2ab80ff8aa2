#include "app/evaluate/evaluate_maps_options.h"

#include <fmt/format.h>

#include <string>

#include "app/cli/option_values.h"
#include "app/cli/output_target.h"
#include "app/predict/precision_option.h"
#include "app/predict/preprocess_options.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr Choices<bool, 2> kMapsFormats{{{"text", false}, {"json", true}}};
constexpr Choices<bool, 2> kClasses{{{"list", false}, {"top", true}}};

constexpr std::string_view kMapsAbout =
    "Measures how well maps locate what pictures show: pointing game, energy and rank energy in "
    "the boxes, IoU with them, deletion and insertion. A random map and a centred one serve as "
    "baselines.\n"
    "\n"
    "FILE has tab-separated values with the header file, one of class, index, label and synset as "
    "for evaluate, and x0, y0, x1, y1, a box in pixels of the picture; a picture may have several "
    "rows. Without boxes only "
    "deletion and insertion are measured.";

constexpr std::string_view kMapsClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed. Each failure is one line on standard error.

Example:
  saccade evaluate-maps boxes.tsv -m facebook/deit-tiny-patch16-224
)";

}  // namespace

const CommandSpec& evaluate_maps_command() {
  static const std::string methods =
      map_method_names() + "; separate several by commas; default all";
  static const CommandSpec command{
      "evaluate-maps",
      "FILE [--root DIR] [-m MODEL] [options]",
      kMapsAbout,
      {{"Options",
        {{"model", 'm', "MODEL", "as for classify; default: the built-in model"},
         {"root", 0, "DIR", "base of the pictures' paths; default: the folder of FILE"},
         {"method", 0, "NAMES", methods},
         {"class-from", 0, "WHERE",
          "class to explain: the model's prediction (top) or the class in the list (list); default "
          "top"},
         {"steps", 0, "N",
          "steps of deletion and insertion, which take 2 N + 2 forward passes per map; 0 skips "
          "them; default 14"},
         {"format", 0, "FORMAT", "text or json; default text"},
         {"output", 'o', "FILE", "write results to FILE instead of standard output"},
         overwrite_option(),
         {"threads", 0, "N", "threads to compute with; default: all CPUs the process may use"},
         precision_option(),
         {"max-pixels", 0, "N", "refuse pictures with more pixels than this; default 200000000"},
         {"quiet", 'q', "", "print no notes on standard error, only errors"},
         {"verbose", 'v', "", "print times in milliseconds on standard error"},
         {"help", 'h', "", "show this text"}}},
       preprocess_options()},
      kMapsClosing};
  return command;
}

EvaluateMapsOptions evaluate_maps_options(const ParsedArguments& arguments) {
  constexpr int64_t kMostSteps = 10'000, kSteps = 14;
  if (arguments.positional().size() != 1) {
    throw UsageError(fmt::format(
        "evaluate-maps takes one FILE, a list of pictures; {} given; see 'saccade evaluate-maps "
        "--help'",
        arguments.positional().size()));
  }
  EvaluateMapsOptions options;
  options.json = choice_value(arguments, "format", kMapsFormats).value_or(false);
  static_cast<PredictionOptions&>(options) = prediction_options(arguments, "evaluate-maps");
  options.list = arguments.positional().front();
  options.root = options.list.parent_path();
  if (const auto root = arguments.value("root")) options.root = *root;
  options.maps = map_options(arguments);
  if (!arguments.has("method")) {
    options.maps.methods = {kAllMapMethods.begin(), kAllMapMethods.end()};
  }
  options.best_class = choice_value(arguments, "class-from", kClasses).value_or(true);
  options.steps = integer_value(arguments, "steps", 0, kMostSteps).value_or(kSteps);
  options.overwrite = arguments.has("overwrite");
  options.output = arguments.value("output");
  return options;
}

}  // namespace saccade
