#include "app/hub/pull_options.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr std::string_view kPullAbout =
    "Downloads models from the Hugging Face hub into its cache on this machine, or updates them, "
    "and prints the folder of each. Only the files that Saccade needs are fetched: config.json, "
    "model.safetensors (or pytorch_model.bin) or its shards, and the image processor's settings.\n"
    "\n"
    "NAME is org/name or org/name@revision: a branch, a tag or a commit. Run the same command "
    "again to continue an interrupted download.";

constexpr std::string_view kPullClosing =
    R"(Environment: HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE and
others, as Hugging Face's own library reads them; https_proxy, no_proxy and so
on.

Exit codes: 0 done; 1 a model cannot be downloaded; 2 wrong usage; 130 or 143
stopped by Ctrl-C or SIGTERM.

Examples:
  saccade pull google/vit-base-patch16-224
  saccade classify -m google/vit-base-patch16-224 cat.png
)";

}  // namespace

const CommandSpec& pull_command() {
  static const CommandSpec command{"pull",
                                   "NAME... [options]",
                                   kPullAbout,
                                   {{"Options",
                                     {{"quiet", 'q', "", "print no notes and no progress"},
                                      {"help", 'h', "", "show this text"}}}},
                                   kPullClosing};
  return command;
}

PullOptions pull_options(const ParsedArguments& arguments) {
  PullOptions options;
  options.quiet = arguments.has("quiet");
  for (const std::string& text : arguments.positional()) {
    options.names.push_back(hub_name_value(text));
  }
  if (options.names.empty()) {
    throw UsageError("no model given; try 'saccade pull google/vit-base-patch16-224'");
  }
  return options;
}

HubName hub_name_value(std::string_view text) {
  if (const std::optional<HubName> name = parse_hub_name(text)) return *name;
  throw UsageError(
      fmt::format("{}: not a model name on the hub; expected {}", quote(text), kHubNameShape));
}

}  // namespace saccade
