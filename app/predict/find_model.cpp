#include "app/predict/find_model.h"

#include <fmt/format.h>

#include <optional>
#include <string>

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

}  // namespace

Checkpoint find_model(const fs::path& model, const RecipeOverrides& overrides, bool quiet) {
  if (file_exists(model)) return open_checkpoint(model, overrides);
  const std::string given = model.string();
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
