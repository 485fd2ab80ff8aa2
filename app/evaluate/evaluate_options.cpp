#include "app/evaluate/evaluate_options.h"

#include <fmt/format.h>

#include <string_view>

#include "app/cli/option_values.h"
#include "app/cli/output_target.h"
#include "app/pipeline/resource_options.h"
#include "app/predict/precision_option.h"
#include "app/predict/preprocess_options.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr Choices<bool, 2> kFormats{{{"text", false}, {"json", true}}};
constexpr Choices<ClassScheme, 4> kSchemes{{{"label", ClassScheme::label},
                                            {"synset", ClassScheme::synset},
                                            {"index", ClassScheme::index},
                                            {"sorted", ClassScheme::sorted}}};

constexpr std::string_view kAbout =
    "Measures a model's accuracy on pictures with known classes: top-1 and top-5, precision and "
    "recall of each class, the most frequent confusions, and calibration (whether confidence "
    "matches accuracy).\n"
    "\n"
    "DIR has one sub-folder per class. LIST has tab-separated values with a header: file, and one "
    "of class, index, label and synset. Classes are named by label, synset or index; "
    "label:NAME, synset:NAME and index:N say which.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 fatal error, or every picture failed; 2 wrong usage;
3 some pictures failed; 130 or 143 stopped by Ctrl-C or SIGTERM.

Examples:
  saccade evaluate tiny-imagenet-200/val
  saccade evaluate -m google/vit-base-patch16-224 imagenet/val --plot plot.png
  saccade evaluate labels.tsv --format json -o result.json
)";

OptionGroup class_options() {
  return {"Classes",
          {{"classes", 0, "HOW",
            "how classes are named: label, synset, index, or sorted (the folders in order are the "
            "model's classes from 0 up); default: the first of label, synset and index that "
            "matches all"},
           {"class-map", 0, "FILE",
            "list that maps names to classes: tab-separated values with the header name, index"},
           {"root", 0, "DIR", "base of a list's paths; default: the list's folder"}}};
}

OptionGroup result_options() {
  return {
      "Results",
      {{"format", 0, "FORMAT", "text or json; default text"},
       {"output", 'o', "FILE", "write results to FILE instead of standard output"},
       overwrite_option(),
       {"all-classes", 0, "", "in text, print all classes and confusions, not only ten of each"},
       {"plot", 0, "FILE", "draw the reliability diagram to FILE, a .png"},
       {"predictions", 0, "FILE",
        "write each picture's class, prediction and score to FILE, as CSV"}}};
}

OptionGroup model_options() {
  return {
      "Options",
      {{"model", 'm', "MODEL", "as for classify; default: the built-in model"},
       {"threads", 0, "N", "threads to compute with; default: all CPUs the process may use"},
       precision_option(),
       {"max-pixels", 0, "N", "refuse pictures with more pixels than this; default 200000000"},
       hidden_option(),
       {"quiet", 'q', "", "print no notes on standard error, only errors"},
       {"verbose", 'v', "",
        "print how classes were matched and which oneDNN implementations run, on standard error"},
       {"help", 'h', "", "show this text"}}};
}

void refuse_contradictions(const EvaluateOptions& options) {
  if (options.classes && options.class_map) {
    throw UsageError("--classes and --class-map contradict each other; give one of them");
  }
  if (options.plot && options.plot->extension() != ".png") {
    throw UsageError(fmt::format("--plot: {}: the plot is a PNG; use a name that ends in .png",
                                 options.plot->string()));
  }
}

}  // namespace

const CommandSpec& evaluate_command() {
  static const CommandSpec command{"evaluate",
                                   "DIR|LIST [-m MODEL] [options]",
                                   kAbout,
                                   {model_options(),
                                    class_options(),
                                    result_options(),
                                    {"CSV", csv_options()},
                                    resource_options(),
                                    preprocess_options()},
                                   kClosing};
  return command;
}

EvaluateOptions evaluate_options(const ParsedArguments& arguments) {
  if (arguments.positional().size() != 1) {
    throw UsageError(fmt::format(
        "evaluate takes one folder of class folders, or one list of files and classes; {} given; "
        "see 'saccade evaluate --help'",
        arguments.positional().size()));
  }
  EvaluateOptions options;
  options.json = choice_value(arguments, "format", kFormats).value_or(false);
  static_cast<PredictionOptions&>(options) = prediction_options(arguments, "evaluate");
  options.input = arguments.positional().front();
  options.root = arguments.value("root");
  options.classes = choice_value(arguments, "classes", kSchemes);
  options.class_map = arguments.value("class-map");
  options.resources = resource_request(arguments, options.threads);
  options.resources.precision = options.precision;
  options.fast_decode = fast_decode(arguments);
  options.all_classes = arguments.has("all-classes");
  options.output = arguments.value("output");
  options.overwrite = arguments.has("overwrite");
  options.plot = arguments.value("plot");
  options.predictions = arguments.value("predictions");
  refuse_contradictions(options);
  return options;
}

}  // namespace saccade
