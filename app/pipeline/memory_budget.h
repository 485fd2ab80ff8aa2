// A limit on the memory that several threads use together.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace saccade {

/// A thread reserves bytes before it allocates them, and waits while too few are free. A thread
/// must not hold two reservations: threads could then deadlock.
class MemoryBudget {
 public:
  explicit MemoryBudget(uint64_t bytes) : limit_(bytes), free_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  /// Holds its bytes until it is destroyed.
  class Reservation {
   public:
    Reservation(MemoryBudget& budget, uint64_t bytes) : budget_(budget), bytes_(bytes) {
      budget_.take(bytes_);
    }
    ~Reservation() { budget_.give_back(bytes_); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

   private:
    MemoryBudget& budget_;
    uint64_t bytes_;
  };

  /// The largest size of one reservation.
  uint64_t limit() const { return limit_; }

 private:
  void take(uint64_t bytes) {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return free_ >= bytes; });
    free_ -= bytes;
  }
  void give_back(uint64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      free_ += bytes;
    }
    freed_.notify_all();
  }

  const uint64_t limit_;
  uint64_t free_;
  std::mutex mutex_;
  std::condition_variable freed_;
};

}  // namespace saccade
