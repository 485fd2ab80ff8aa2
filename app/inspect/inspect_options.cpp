#include "app/inspect/inspect_options.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "app/cli/option_values.h"
#include "app/predict/preprocess_options.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr std::array<std::pair<std::string_view, bool>, 2> kFormats{
    {{"text", false}, {"json", true}}};

constexpr std::string_view kAbout =
    "Shows how Saccade interprets a checkpoint: architecture, weights, preprocessing, labels, and "
    "where each value came from.\n"
    "\n"
    "MODEL is a folder with config.json and model.safetensors, the weights file in such a folder, "
    "or a model of the Hugging Face hub as org/name[@revision]. The preprocessing options of "
    "classify are accepted, to show their effect.";

constexpr std::string_view kClosing =
    R"(Exit codes: 0 done; 1 the checkpoint cannot be used; 2 wrong usage.

Examples:
  saccade inspect google/vit-base-patch16-224
  saccade inspect google/vit-base-patch16-224 --img-size 384 --format json
)";

}  // namespace

const CommandSpec& inspect_command() {
  static const CommandSpec command{"inspect",
                                   "MODEL [options]",
                                   kAbout,
                                   {{"Options",
                                     {{"format", 0, "FORMAT", "text or json; default text"},
                                      {"help", 'h', "", "show this text"}}},
                                    preprocess_options()},
                                   kClosing};
  return command;
}

InspectOptions inspect_options(const ParsedArguments& arguments) {
  const auto& models = arguments.positional();
  if (models.size() != 1) {
    throw UsageError(
        fmt::format("inspect takes one MODEL, a folder or a weights file; {} given; see 'saccade "
                    "inspect --help'",
                    models.size()));
  }
  InspectOptions options;
  options.model = models.front();
  options.json = choice_value(arguments, "format", kFormats).value_or(false);
  options.overrides = recipe_overrides(arguments);
  return options;
}

}  // namespace saccade
