#include "app/hub/models_options.h"

#include <fmt/format.h>

#include <string_view>

#include "app/cli/option_values.h"
#include "app/hub/pull_options.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

constexpr Choices<bool, 2> kFormats{{{"text", false}, {"json", true}}};

constexpr std::string_view kModelsAbout =
    "Lists the models in the Hugging Face cache on this machine, including those that other "
    "programs downloaded: name, revision, size on disk, family, number of labels, and whether "
    "Saccade runs them.";

constexpr std::string_view kModelsClosing =
    R"(Exit codes: 0 done; 1 the cache cannot be read, or has no such model; 2 wrong
usage.

Examples:
  saccade models
  saccade models --format json
  saccade models --remove google/vit-base-patch16-224
)";

}  // namespace

const CommandSpec& models_command() {
  static const CommandSpec command{
      "models",
      "[options]",
      kModelsAbout,
      {{"Options",
        {{"format", 0, "FORMAT", "text or json; default text"},
         {"remove", 0, "NAME", "remove all revisions of a model from the cache"},
         {"help", 'h', "", "show this text"}}}},
      kModelsClosing};
  return command;
}

ModelsOptions models_options(const ParsedArguments& arguments) {
  if (!arguments.positional().empty()) {
    throw UsageError(fmt::format("models takes no {}; see 'saccade models --help'",
                                 arguments.positional().front()));
  }
  ModelsOptions options;
  options.json = choice_value(arguments, "format", kFormats).value_or(false);
  if (const auto text = arguments.value("remove")) {
    if (text->find('@') != std::string::npos) {
      throw UsageError("--remove: this removes all revisions; give the name without @");
    }
    options.remove = hub_name_value(*text).repo;
  }
  return options;
}

}  // namespace saccade
