// Checks whether the cache has all files of a model.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/hub/hub_cache.h"

namespace saccade {

inline constexpr const char* kConfigFile = "config.json";

/// Returns whether a config.json is timm's, which contains the preprocessing; false if it cannot be
/// read.
bool is_timm_config(const std::filesystem::path& config_json);

/// Optional files of a transformers model: the image processor's settings.
const std::vector<std::string>& processor_files();

enum class SnapshotState {
  partial,    ///< config.json or some weights are missing
  uncertain,  ///< only the image processor's settings are missing, and may exist on the hub
  complete,   ///< has all files that Saccade reads
};

/// Throws ModelError if a file leads out of the cache or an index is malformed.
SnapshotState snapshot_state(const HubCache& cache, const std::string& commit);

}  // namespace saccade
