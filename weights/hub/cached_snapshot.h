// What of a model lies in the cache.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/hub/hub_cache.h"

namespace saccade {

inline constexpr const char* kConfigFile = "config.json";

/// Whether it is timm's, which has the preprocessing in it. Not so where it cannot be read.
bool is_timm_config(const std::filesystem::path& config_json);

/// Files that a transformers model may have beside: the image processor's settings.
const std::vector<std::string>& processor_files();

enum class SnapshotState {
  partial,    ///< no weights, or not all, or no config.json
  uncertain,  ///< but for the image processor's settings: none there, nor known to be absent
  complete,   ///< all that Saccade reads
};

/// Throws ModelError where a file leads out of the cache, or an index is malformed.
SnapshotState snapshot_state(const HubCache& cache, const std::string& commit);

}  // namespace saccade
