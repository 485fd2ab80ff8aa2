// The progress of a model's download, as a PullWatch.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "app/cli/progress.h"
#include "weights/hub/pull_watch.h"

namespace saccade {

/// Shows a bar if standard error is a terminal, else one note when the download begins. Shows
/// nothing if there is nothing to download.
class DownloadProgress {
 public:
  /// If `quiet`, nothing is printed; without `bars`, only notes are.
  DownloadProgress(std::string name, bool quiet, bool bars);
  DownloadProgress(const DownloadProgress&) = delete;
  DownloadProgress& operator=(const DownloadProgress&) = delete;

  /// The callbacks for hub_pull, valid as long as this object. They stop the download once
  /// interrupt_signal() is set.
  PullWatch watch();
  /// Prints how many bytes were downloaded, and how fast.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void update(uint64_t done, uint64_t total);
  void note(const std::string& text);
  double rate() const;

  std::mutex mutex_;
  std::string name_;
  bool quiet_, bars_;
  bool begun_ = false;
  uint64_t before_ = 0, done_ = 0;  ///< bytes: left by an earlier try; downloaded so far
  Clock::time_point start_;
  ProgressLine line_;
};

/// Formats "[#####---------------] 21.6 MB of 86.5 MB  5.10 MB/s  ETA 0:12"; `rate` is in bytes per
/// second, and 0 leaves out the rate and the time left.
std::string download_bar(uint64_t done, uint64_t total, double rate);

/// Formats "22.9 MB"; a kB is 1000 bytes.
std::string bytes_text(uint64_t bytes);

}  // namespace saccade
