// One file of the hub into the cache.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "weights/hub/hub_cache.h"
#include "weights/hub/hub_client.h"

namespace saccade {

/// How much of a model's weights is there, of files that come side by side.
class PullMeter {
 public:
  explicit PullMeter(const PullWatch& watch) : watch_(watch) {}
  void expect(uint64_t bytes);
  void add(uint64_t bytes);
  /// Bytes that had been added are thrown away.
  void take_back(uint64_t bytes);

 private:
  const PullWatch& watch_;
  std::mutex mutex_;
  uint64_t done_ = 0, total_ = 0;
};

/// Where a download goes and who hears of it.
struct DownloadSite {
  const HubSettings& settings;
  const HubCache& cache;
  const PullWatch& watch;
  PullMeter* meter = nullptr;  ///< nullptr: a small file, of which nothing is told
  uint64_t most = UINT64_MAX;  ///< bytes; a file of more is refused
};

/// Puts `file` of the commit `name.revision` into the cache, unless another program did so while
/// this one waited for the lock: what an earlier try left in blobs/ETAG.incomplete is gone on with,
/// size and hash are checked, and only then blob and snapshot show it. Bytes with the wrong hash
/// are thrown away and fetched once more. Throws ModelError, NetworkError, SystemError,
/// Interrupted.
void download(HubClient& client, const HubName& name, const HubFile& file,
              const DownloadSite& site);

}  // namespace saccade
