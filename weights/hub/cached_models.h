// Lists and removes models in the cache.
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
  std::string commit;  ///< empty if there is only an incomplete download
  std::vector<std::string>
      refs;            ///< branches and tags that pointed to the commit at the last download
  uint64_t bytes = 0;  ///< on disk; a file shared by revisions counts for each
  std::filesystem::path snapshot;
  std::string flaw;  ///< why it cannot be opened; empty if it has all its files
};

/// Returns the models in the cache, sorted by name and commit; none if there is no cache. Throws
/// SystemError if the cache cannot be read.
std::vector<CachedModel> cached_models(const HubSettings& settings);

/// Removes all revisions of a model and returns the number of bytes freed. Throws ModelError if the
/// cache does not have the model, and SystemError if it cannot be removed.
uint64_t remove_cached_model(const HubSettings& settings, const std::string& repo);

}  // namespace saccade
