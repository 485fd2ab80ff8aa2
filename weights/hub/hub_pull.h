// Downloads a model of the hub into the cache.
#pragma once

#include <filesystem>

#include "weights/hub/hub_name.h"
#include "weights/hub/hub_settings.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// Asks the hub for the revision's commit and downloads the files that Saccade needs and the cache
/// lacks: config.json, the weights or the shards of their index, and the image processor's settings
/// of a transformers model if it has any. Returns the folder of the snapshot, which huggingface_hub
/// can use as well. Throws ModelError, NetworkError, SystemError or Interrupted.
std::filesystem::path hub_pull(const HubName& name, const HubSettings& settings,
                               const PullWatch& watch);

/// Returns the snapshot in the cache if it is complete, else calls hub_pull(). If only the image
/// processor's settings may be missing, asks the hub for those of the cached commit; if the hub
/// does not answer or HF_HUB_OFFLINE is set, returns the snapshot without them and notes that in
/// `watch`.
std::filesystem::path hub_snapshot(const HubName& name, const HubSettings& settings,
                                   const PullWatch& watch);

}  // namespace saccade
