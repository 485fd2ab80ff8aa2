// How far a long run is, on standard error.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace saccade {

/// A bar that is redrawn where standard error is a terminal, and a line a minute where it is not.
class Progress {
 public:
  /// `total` pictures, of which `done` were done, `failed` of them in vain, before this run.
  /// `silent`: nothing is told but failures.
  Progress(size_t total, size_t done, size_t failed, bool silent);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more is done.
  void advance();
  /// One more is done, in vain: tells why.
  void advance_failed(std::string_view error);
  /// There are more than was thought.
  void grow(size_t more) { total_ += more; }
  /// Takes the bar away.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  void tell();
  std::string text() const;

  size_t total_, done_, failed_;
  size_t done_before_;
  bool silent_, terminal_, drawn_ = false;
  Clock::time_point begun_ = Clock::now(), told_ = begun_;
};

/// "[#####---------------] 250/1000  45.2 images/s  ETA 0:16  2 failed"; without a rate (0) neither
/// it nor the time left is told.
std::string progress_bar(size_t done, size_t total, double rate, size_t failed);

/// "[#####---------------]": `done` of `total`.
std::string bar_of(uint64_t done, uint64_t total);

/// Seconds as people read them: "0:07", "3:20", "1:02:05".
std::string clock_time(double seconds);

}  // namespace saccade
