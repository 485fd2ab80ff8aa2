#include "app/predict/find_model.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "app/cli/interruption.h"
#include "app/predict/download_progress.h"
#include "weights/base/errors.h"
#include "weights/files/file_exists.h"
#include "weights/hub/http.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// Adds to the hub's errors that no such file exists, in case the user mistyped a folder.
fs::path snapshot_of(const HubName& name, const std::string& given, bool quiet) {
  const std::string here = fmt::format(" (there is no file or folder {} here)", given);
  try {
    return fetch_model(name, hub_settings(), quiet, hub_snapshot);
  } catch (const ModelError& error) {
    throw ModelError(error.what() + here);
  } catch (const NetworkError& error) {
    throw SystemError(error.what() + here);
  }
}

// A web address in place of a name: of the hub, where the name is in it, or of any other place.
void refuse_url(const std::string& given) {
  std::string_view rest = given;
  const size_t scheme = rest.find("://");
  if (scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  for (const std::string_view host : {"huggingface.co/", "www.huggingface.co/", "hf.co/"}) {
    if (!rest.starts_with(host)) continue;
    rest.remove_prefix(host.size());
    const size_t owner = rest.find('/');
    const size_t end =
        owner == std::string_view::npos ? owner : rest.find_first_of("/?#", owner + 1);
    const std::string_view name = rest.substr(0, end);
    if (!parse_hub_name(name)) break;
    throw ModelError(
        fmt::format("{}: an address; give the model's name on the hub alone: {}", given, name));
  }
  if (scheme == std::string_view::npos) return;
  const bool hub = given.starts_with("hf://") && parse_hub_name(rest);
  throw ModelError(
      fmt::format("{}: an address, which a model cannot be read from; {}", given,
                  hub ? fmt::format("give the model's name on the hub alone: {}", rest)
                      : fmt::format("download it first, or give the name of a model on the hub, {}",
                                    kHubNameShape)));
}

}  // namespace

Checkpoint find_model(const fs::path& model, const RecipeOverrides& overrides, bool quiet) {
  if (file_exists(model)) return open_checkpoint(model, overrides);
  const std::string given = model.string();
  refuse_url(given);
  const std::optional<HubName> name = parse_hub_name(given);
  if (!name) {
    throw ModelError(fmt::format(
        "{}: no such model; give a folder with config.json and model.safetensors, the file "
        "of weights in one, or the name of a model on the hub, {}",
        given, kHubNameShape));
  }
  Checkpoint checkpoint = open_checkpoint(snapshot_of(*name, given, quiet), overrides);
  checkpoint.name = given;
  return checkpoint;
}

fs::path fetch_model(const HubName& name, const HubSettings& settings, bool quiet,
                     decltype(hub_pull)& fetch) {
  DownloadProgress progress(name.repo, quiet, settings.progress);
  const ScopedInterruptHandlers noted;
  const fs::path folder = fetch(name, settings, progress.watch());
  if (interrupt_signal() != 0) throw Interrupted("interrupted");
  progress.finish();
  return folder;
}

}  // namespace saccade
