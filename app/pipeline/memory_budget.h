// A limit on the memory that several threads use together.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
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
    /// Waits until the bytes are free, or stopped() is true, or they cannot become free because
    /// reservations that are lost hold them: it then holds nothing, which has_all() tells.
    Reservation(MemoryBudget& budget, uint64_t bytes, const std::function<bool()>& stopped = {})
        : budget_(budget), bytes_(budget.take(bytes, stopped) ? bytes : 0), all_(bytes_ == bytes) {}
    ~Reservation() { budget_.give_back(bytes_, lost_); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    bool has_all() const { return all_; }
    /// From now on, nobody waits for these bytes: they may never be given back.
    void lose() {
      budget_.lose(bytes_);
      lost_ = true;
    }

   private:
    MemoryBudget& budget_;
    uint64_t bytes_;
    bool all_;
    bool lost_ = false;  ///< read by the destructor, which comes after lose()
  };

  /// The largest size of one reservation.
  uint64_t limit() const { return limit_; }
  /// The bytes of reservations that are lost.
  uint64_t lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  bool take(uint64_t bytes, const std::function<bool()>& stopped) {
    constexpr std::chrono::milliseconds kLook(50);
    std::unique_lock lock(mutex_);
    while (
        !freed_.wait_for(lock, kLook, [&] { return free_ >= bytes || bytes > limit_ - lost_; })) {
      if (stopped && stopped()) return false;
    }
    if (free_ < bytes) return false;
    free_ -= bytes;
    return true;
  }
  void give_back(uint64_t bytes, bool was_lost) {
    {
      const std::lock_guard lock(mutex_);
      free_ += bytes;
      if (was_lost) lost_ -= bytes;
    }
    freed_.notify_all();
  }
  void lose(uint64_t bytes) {
    {
      const std::lock_guard lock(mutex_);
      lost_ += bytes;
    }
    freed_.notify_all();
  }

  const uint64_t limit_;
  uint64_t free_;
  uint64_t lost_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
};

}  // namespace saccade
