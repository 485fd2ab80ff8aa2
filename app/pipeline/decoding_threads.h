// Runs work that may never return on threads that can be left behind.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace saccade {

/// Decoders cannot be cancelled. Each runs on a thread of its own; the caller waits, and when the
/// time is over leaves thread and work behind.
class DecodingThreads {
 public:
  enum class Outcome { done, late, stopped };

  /// `limit` is the longest time of one piece of work; nullopt for no limit. After stopped() is
  /// true, work has one more second.
  DecodingThreads(std::optional<std::chrono::seconds> limit, std::function<bool()> stopped);
  /// Waits for no thread that was left behind.
  ~DecodingThreads();
  DecodingThreads(const DecodingThreads&) = delete;
  DecodingThreads& operator=(const DecodingThreads&) = delete;

  /// Runs `work` and waits for it. If it is left behind, it goes on, and must own what it uses.
  /// Throws what it throws. If no thread can be started, the calling thread does the work, however
  /// long it takes. Thread-safe.
  Outcome run(std::function<void()> work);

  bool stopped() const { return stopped_ && stopped_(); }

 private:
  class Worker;

  std::unique_ptr<Worker> take_worker();
  Outcome wait(Worker& worker) const;

  std::optional<std::chrono::seconds> limit_;
  std::function<bool()> stopped_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
};

/// Whether a thread was ever left behind. It may still run, so that the process must then end by
/// _exit(): what exit() destroys would be destroyed under it.
bool threads_left_behind();

}  // namespace saccade
