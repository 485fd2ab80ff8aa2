// Downloads a file of the hub into the cache.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "weights/hub/hub_cache.h"
#include "weights/hub/hub_client.h"

namespace saccade {

/// Adds up the progress of files that are downloaded in parallel. Thread-safe.
class PullMeter {
 public:
  explicit PullMeter(const PullWatch& watch) : watch_(watch) {}
  void expect(uint64_t bytes);
  void add(uint64_t bytes);
  /// Subtracts bytes that were discarded.
  void take_back(uint64_t bytes);

 private:
  const PullWatch& watch_;
  std::mutex mutex_;
  uint64_t done_ = 0, total_ = 0;
};

/// Where a download goes and what it reports to.
struct DownloadTarget {
  const HubSettings& settings;
  const HubCache& cache;
  const PullWatch& watch;
  PullMeter* meter = nullptr;       ///< nullptr for a small file, whose progress is not reported
  uint64_t max_bytes = UINT64_MAX;  ///< a larger file is an error
};

/// Downloads `file` of the commit `name.revision` into the cache, unless another program does so
/// while this one waits for the lock. Resumes an earlier download from blobs/ETAG.incomplete.
/// Checks size and hash before the file appears among the blobs and in the snapshot; if the hash is
/// wrong, downloads the file once more. Throws ModelError, NetworkError, SystemError or
/// Interrupted.
void download(HubClient& client, const HubName& name, const HubFile& file,
              const DownloadTarget& target);

}  // namespace saccade
