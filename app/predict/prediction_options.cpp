#include "app/predict/prediction_options.h"

#include <array>
#include <limits>
#include <utility>

#include "app/cli/option_values.h"
#include "app/predict/precision_option.h"
#include "app/predict/preprocess_options.h"
#include "vision/decode/image.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr Choices<OutputFormat, 4> kFormats{{{"text", OutputFormat::text},
                                             {"json", OutputFormat::json},
                                             {"jsonl", OutputFormat::jsonl},
                                             {"csv", OutputFormat::csv}}};
constexpr Choices<LabelType, 3> kLabelTypes{{{"description", LabelType::description},
                                             {"name", LabelType::name},
                                             {"index", LabelType::index}}};
constexpr Choices<ScoreActivation, 3> kActivations{{{"softmax", ScoreActivation::softmax},
                                                    {"sigmoid", ScoreActivation::sigmoid},
                                                    {"none", ScoreActivation::none}}};
enum class OutputType { prob, logit };
constexpr Choices<OutputType, 2> kOutputTypes{
    {{"prob", OutputType::prob}, {"logit", OutputType::logit}}};

// --output-type logit means --activation none; other combinations contradict each other.
std::optional<ScoreActivation> chosen_activation(const ParsedArguments& arguments) {
  const auto type = choice_value(arguments, "output-type", kOutputTypes);
  const auto activation = choice_value(arguments, "activation", kActivations);
  if (!type) return activation;
  const bool raw = *type == OutputType::logit;
  if (activation && raw != (*activation == ScoreActivation::none)) {
    throw UsageError(
        fmt::format("--output-type {} and --activation {} contradict each other; give one of them",
                    *arguments.value("output-type"), *arguments.value("activation")));
  }
  return raw ? ScoreActivation::none : activation;
}

std::vector<std::string> chosen_paths(const ParsedArguments& arguments, std::string_view command) {
  if (arguments.positional().empty()) {
    throw UsageError(
        fmt::format("no picture given; try 'saccade {0} cat.png', @list.txt or - for a list on "
                    "standard input; see 'saccade {0} --help'",
                    command));
  }
  return arguments.positional();
}

}  // namespace

OptionGroup general_options(const OptionSpec& format, const OptionSpec& output) {
  return {"Options",
          {{"model", 'm', "MODEL",
            "a folder with config.json and model.safetensors, the file of weights in one, or a "
            "model of the Hugging Face hub as org/name[@revision]; default: the built-in model, "
            "200 everyday classes"},
           {"topk", 'k', "N", "classes to show for each picture; default 5"},
           format,
           output,
           {"null", '0', "", "paths in lists end with NUL bytes, as find -print0 writes them"},
           hidden_option(),
           {"threads", 0, "N", "threads to compute with; default: all CPUs the process may use"},
           precision_option(),
           {"max-pixels", 0, "N",
            "refuse pictures of more pixels than this; default 200000000 (200 megapixels)"},
           {"quiet", 'q', "", "no notes on standard error, only errors"},
           {"verbose", 'v', "",
            "print times in milliseconds and the chosen oneDNN implementations on standard error"},
           {"help", 'h', "", "show this text"}}};
}

OptionSpec hidden_option() {
  return {"hidden", 0, "",
          "in folders, take hidden files and folders too: names that begin with a dot, __MACOSX, "
          "@eaDir, Thumbs.db and such"};
}

OptionGroup score_options() {
  return {"Scores",
          {{"output-type", 0, "TYPE", "prob or logit; default prob; logit is --activation none"},
           {"activation", 0, "NAME",
            "softmax, sigmoid or none; default: that of the checkpoint, else sigmoid for one class "
            "and softmax for several"},
           {"score-threshold", 0, "X", "omit classes that score less than X"},
           {"label-type", 0, "TYPE",
            "description (words), name (such as a synset) or index; default description"}}};
}

PredictionOptions prediction_options(const ParsedArguments& arguments, std::string_view command) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  PredictionOptions options;
  options.paths = chosen_paths(arguments, command);
  options.separator = arguments.has("null") ? ListSeparator::null : ListSeparator::line;
  options.hidden = arguments.has("hidden");
  options.model = arguments.value("model");
  options.topk = integer_value(arguments, "topk", 1, std::numeric_limits<int64_t>::max())
                     .value_or(options.topk);
  options.format = choice_value(arguments, "format", kFormats).value_or(options.format);
  options.formulas = csv_formulas(arguments);
  options.activation = chosen_activation(arguments);
  options.score_threshold = number_value(arguments, "score-threshold", -kLargest, kLargest);
  options.label_type =
      choice_value(arguments, "label-type", kLabelTypes).value_or(options.label_type);
  if (const auto threads = integer_value(arguments, "threads", 1, 1024)) {
    options.threads = static_cast<int>(*threads);
  }
  options.precision = precision_value(arguments);
  options.overrides = recipe_overrides(arguments);
  const auto max_pixels =
      integer_value(arguments, "max-pixels", 1, std::numeric_limits<int64_t>::max());
  options.max_pixels = max_pixels ? static_cast<uint64_t>(*max_pixels) : DecodeOptions{}.max_pixels;
  options.quiet = arguments.has("quiet");
  options.verbose = arguments.has("verbose");
  return options;
}

}  // namespace saccade
