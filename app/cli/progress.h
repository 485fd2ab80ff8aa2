// How far a long task is, as one line on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace saccade {

/// A line that is redrawn in place on a terminal and printed as a note elsewhere.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  bool on_terminal() const { return terminal_; }
  /// True once per interval: 100 ms on a terminal, a minute elsewhere. The first interval begins at
  /// construction.
  bool due();
  void show(const std::string& text);
  /// Erases the line from the terminal.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  bool terminal_, drawn_ = false;
  Clock::time_point shown_ = Clock::now();
};

/// Formats "[#####---------------] AMOUNTS  RATE  ETA 0:16". `rate` is in units of `done` per
/// second; if it is 0, RATE and ETA are left out.
std::string progress_text(uint64_t done, uint64_t total, double rate, std::string_view amounts,
                          std::string_view rate_text);

/// Seconds as "0:07", "3:20" or "1:02:05".
std::string clock_time(double seconds);

/// The progress of a run over pictures.
class Progress {
 public:
  /// `done` of the `total` pictures were done before this run, `failed` of them with an error.
  /// If `silent`, only errors are printed.
  Progress(size_t total, size_t done, size_t failed, bool silent);

  /// Counts one picture as done.
  void advance();
  /// Counts one picture as done and failed, and prints the error.
  void advance_failed(std::string_view error);
  /// Adds `more` pictures to the total.
  void grow(size_t more) { total_ += more; }
  /// Erases the line from the terminal.
  void clear() { line_.clear(); }

 private:
  std::string text() const;

  size_t total_, done_, failed_;
  size_t done_before_;
  bool silent_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  ProgressLine line_;
};

/// Formats "[#####---------------] 250/1000  45.2 images/s  ETA 0:16  2 failed".
std::string progress_bar(size_t done, size_t total, double rate, size_t failed);

}  // namespace saccade
