// The model that a command line names: on this machine, else of the hub.
#pragma once

#include <filesystem>
#include <functional>

#include "weights/checkpoint.h"
#include "weights/hub/hub_pull.h"

namespace saccade {

/// The checkpoint in the folder or file `model`, else the hub's model of that name, downloaded
/// where the cache has it not; it goes by the name given. Throws ModelError, SystemError,
/// UsageError for a bad environment variable, or Interrupted.
Checkpoint find_model(const std::filesystem::path& model, const RecipeOverrides& overrides,
                      bool quiet);

/// Runs hub_pull or hub_snapshot while its progress is told, and Ctrl-C ends it with Interrupted.
std::filesystem::path fetch_model(const HubName& name, const HubSettings& settings, bool quiet,
                                  decltype(hub_pull)& fetch);

}  // namespace saccade
