#include "weights/hub/cached_snapshot.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "weights/base/errors.h"
#include "weights/files/json_file.h"
#include "weights/files/tensor_file.h"
#include "weights/files/weights_files.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

bool has_weights(const HubCache& cache, const std::string& commit, const WeightsFiles& files) {
  if (cache.file(commit, files.whole)) return true;
  const std::optional<fs::path> index = cache.file(commit, files.index);
  if (!index) return false;
  const auto shards = shard_names(*index);
  return std::all_of(shards.begin(), shards.end(), [&](const std::string& shard) {
    return cache.file(commit, shard).has_value();
  });
}

// Checks the first kind of weights that exists, which open_checkpoint() would open.
bool has_weights(const HubCache& cache, const std::string& commit) {
  for (const WeightsFiles& files : kWeightsFiles) {
    if (cache.file(commit, files.whole) || cache.file(commit, files.index)) {
      return has_weights(cache, commit, files);
    }
  }
  return false;
}

}  // namespace

bool is_timm_config(const fs::path& config_json) {
  try {
    return read_json_file(config_json).contains("architecture");
  } catch (const Error&) {
    return false;
  }
}

const std::vector<std::string>& processor_files() {
  static const std::vector<std::string> files{"preprocessor_config.json", "processor_config.json"};
  return files;
}

SnapshotState snapshot_state(const HubCache& cache, const std::string& commit) {
  const std::optional<fs::path> config = cache.file(commit, kConfigFile);
  if (!config || !has_weights(cache, commit)) return SnapshotState::partial;
  // Look at every file, so that cache.file() checks that none leads out of the cache.
  bool there = false, known = true;
  for (const std::string& file : processor_files()) {
    const bool found = cache.file(commit, file).has_value();
    there = there || found;
    known = known && (found || cache.known_missing(commit, file));
  }
  if (there || known || is_timm_config(*config)) return SnapshotState::complete;
  return SnapshotState::uncertain;
}

}  // namespace saccade
