// Finds the model that a command line names, on this machine or on the hub.
#pragma once

#include <filesystem>
#include <functional>

#include "weights/checkpoint.h"
#include "weights/hub/hub_pull.h"

namespace saccade {

/// Opens the checkpoint in the folder or file `model`. If there is none, opens the hub's model of
/// that name, downloading it if it is not in the cache; the checkpoint then has the name given.
/// Throws ModelError, SystemError, UsageError for a bad environment variable, or Interrupted.
Checkpoint find_model(const std::filesystem::path& model, const RecipeOverrides& overrides,
                      bool quiet);

/// Runs `fetch` (hub_pull or hub_snapshot) and shows its progress. Ctrl-C makes it throw
/// Interrupted.
std::filesystem::path fetch_model(const HubName& name, const HubSettings& settings, bool quiet,
                                  decltype(hub_pull)& fetch);

}  // namespace saccade
