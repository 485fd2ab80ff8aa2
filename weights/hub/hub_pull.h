// A model of the hub as a folder on this machine.
#pragma once

#include <filesystem>

#include "weights/hub/hub_name.h"
#include "weights/hub/hub_settings.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// Asks the hub what the revision means today and downloads what Saccade needs of it and the cache
/// lacks: config.json, the weights or the shards of their index, and for a transformers model
/// the image processor's settings where there are any. The folder of the snapshot, as
/// huggingface_hub leaves it. Throws ModelError, NetworkError, SystemError or Interrupted.
std::filesystem::path hub_pull(const HubName& name, const HubSettings& settings,
                               const PullWatch& watch);

/// The snapshot in the cache where it has all that is needed, else hub_pull(). Where only the image
/// processor's settings are unknown, they are asked for, of the commit that is there; where the hub
/// has no answer, or HF_HUB_OFFLINE says not to ask, it does without, of which `watch` is told.
std::filesystem::path hub_snapshot(const HubName& name, const HubSettings& settings,
                                   const PullWatch& watch);

}  // namespace saccade
