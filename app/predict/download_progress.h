// How far the download of a model is, on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "weights/hub/pull_watch.h"

namespace saccade {

/// A bar that is redrawn where standard error is a terminal; a line at the beginning where it is
/// not. Nothing where there is nothing to download.
class DownloadProgress {
 public:
  /// `quiet`: nothing is told. `bars`: whether progress is, besides notes.
  DownloadProgress(std::string name, bool quiet, bool bars);
  ~DownloadProgress();
  DownloadProgress(const DownloadProgress&) = delete;
  DownloadProgress& operator=(const DownloadProgress&) = delete;

  /// For hub_pull; valid as long as this object. It is stopped by what interruption.h notes.
  PullWatch watch();
  /// The download has come to its end: a line says how much came, and how fast.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void tell(uint64_t done, uint64_t total);
  void note(const std::string& text);
  void clear();
  double rate() const;

  std::mutex mutex_;
  std::string name_;
  bool quiet_, bars_, terminal_;
  bool begun_ = false, drawn_ = false;
  uint64_t before_ = 0, done_ = 0;  ///< bytes: left by an earlier try; there now
  Clock::time_point start_, told_;
};

/// "[#####---------------] 21.6 MB of 86.5 MB  5.10 MB/s  ETA 0:12"; without a rate (0) neither it
/// nor the time left is told.
std::string download_bar(uint64_t done, uint64_t total, double rate);

/// "22.9 MB": a thousand bytes are a kB.
std::string size_text(uint64_t bytes);

}  // namespace saccade
