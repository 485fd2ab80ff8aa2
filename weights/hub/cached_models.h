// The models in the cache.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "weights/hub/hub_settings.h"

namespace saccade {

/// One revision of a model.
struct CachedModel {
  std::string repo;
  std::string commit;             ///< empty: nothing is there in full, only a begun download
  std::vector<std::string> refs;  ///< branches and tags that meant the commit when last asked for
  uint64_t bytes = 0;             ///< on disk; a file that revisions share counts for each
  std::filesystem::path snapshot;
  std::string flaw;  ///< why it cannot be opened; empty where all its files are there
};

/// By name and commit; none where there is no cache. Throws SystemError where it cannot be read.
std::vector<CachedModel> cached_models(const HubSettings& settings);

/// Removes all revisions of a model and returns how many bytes that freed. Throws ModelError where
/// the cache has no such model, SystemError where the system refuses.
uint64_t remove_cached_model(const HubSettings& settings, const std::string& repo);

}  // namespace saccade
