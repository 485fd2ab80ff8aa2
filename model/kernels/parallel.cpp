#include "model/kernels/parallel.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace saccade {
namespace {

using parallel_detail::Range;

// How long a thread that waits keeps its processor before it sleeps. The loops of a forward pass
// follow each other within this time; on a busy machine it is what a wait costs other processes.
constexpr std::chrono::microseconds kSpin{50};

void futex_wait(std::atomic<uint32_t>& word, uint32_t while_equal) {
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, while_equal, nullptr, nullptr, 0);
}

void futex_wake_all(std::atomic<uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
}

void pause_processor() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Spins until done() or until kSpin is over. Returns done().
template <typename Done>
bool spin_until(const Done& done) {
  constexpr int kPausesBetweenLooks = 32;
  if (done()) return true;
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < kPausesBetweenLooks; ++i) {
      pause_processor();
      if (done()) return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// The threads of one calling thread. A loop is open while its pieces are handed out; workers enter
// an open loop, and the caller leaves when it has closed the loop and no worker is inside. A worker
// that gets no processor in time never enters, and the caller does not wait for it.
class ThreadTeam {
 public:
  explicit ThreadTeam(int threads) : shares_(size_t(threads)) {
    try {
      for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
    } catch (const std::system_error&) {
      // The system allows no more threads. The others do the share of those that are missing.
    }
  }

  ~ThreadTeam() {
    ended_ = true;
    announce();
    for (std::thread& worker : workers_) worker.join();
  }

  int threads() const { return int(shares_.size()); }

  void run(int64_t count, int64_t grain, const Range& range) {
    const auto threads = int64_t(shares_.size());
    range_ = range;
    grain_ = grain;
    for (int64_t i = 0; i < threads; ++i) {
      shares_[size_t(i)].next.store(i * count / threads, std::memory_order_relaxed);
      shares_[size_t(i)].end = (i + 1) * count / threads;
    }
    inside_.store(0, std::memory_order_release);
    announce();
    do_pieces(0);
    close();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  // The indices that belong to a thread first. Each on a cache line of its own.
  struct alignas(64) Share {
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };
  static constexpr uint32_t kClosed = 1u << 31;

  void announce() {
    loops_.fetch_add(1);
    if (sleeping_.load() > 0) futex_wake_all(loops_);
  }

  void close() {
    inside_.fetch_or(kClosed);
    const auto all_left = [&] { return inside_.load(std::memory_order_acquire) == kClosed; };
    if (spin_until(all_left)) return;
    caller_sleeps_.store(true);
    for (uint32_t inside; (inside = inside_.load()) != kClosed;) futex_wait(inside_, inside);
    caller_sleeps_.store(false);
  }

  void work(int thread) {
    set_compute_threads(1);
    for (uint32_t seen = 0;;) {
      wait_for_loop(seen);
      seen = loops_.load();
      if (ended_) return;
      if (!enter()) continue;
      do_pieces(thread);
      if (inside_.fetch_sub(1) == (kClosed | 1u) && caller_sleeps_.load()) futex_wake_all(inside_);
    }
  }

  void wait_for_loop(uint32_t seen) {
    if (spin_until([&] { return loops_.load(std::memory_order_acquire) != seen; })) return;
    sleeping_.fetch_add(1);
    while (loops_.load() == seen) futex_wait(loops_, seen);
    sleeping_.fetch_sub(1);
  }

  // False if the loop is closed.
  bool enter() {
    uint32_t inside = inside_.load();
    while (!(inside & kClosed)) {
      if (inside_.compare_exchange_weak(inside, inside + 1)) return true;
    }
    return false;
  }

  // The thread's own share, then what is left of the others'.
  void do_pieces(int thread) {
    const size_t threads = shares_.size();
    for (size_t i = 0; i < threads; ++i) {
      Share& share = shares_[(size_t(thread) + i) % threads];
      for (int64_t begin; (begin = share.next.fetch_add(grain_)) < share.end;) {
        do_piece(begin, std::min(begin + grain_, share.end), thread);
      }
    }
  }

  void do_piece(int64_t begin, int64_t end, int thread) {
    try {
      range_.call(range_.body, begin, end, thread);
    } catch (...) {
      const std::scoped_lock lock(error_mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  std::vector<Share> shares_;
  Range range_{};
  int64_t grain_ = 1;
  // How many loops were announced.
  alignas(64) std::atomic<uint32_t> loops_{0};
  // How many workers are in the loop; kClosed: none may enter.
  alignas(64) std::atomic<uint32_t> inside_{kClosed};
  std::atomic<int> sleeping_{0};
  std::atomic<bool> caller_sleeps_{false};
  std::atomic<bool> ended_{false};
  std::mutex error_mutex_;
  std::exception_ptr error_;
  std::vector<std::thread> workers_;
};

thread_local std::unique_ptr<ThreadTeam> team_of_caller;
thread_local bool in_loop = false;

}  // namespace

void parallel_detail::run(int threads, int64_t count, int64_t grain, const Range& range) {
  if (count <= 0) return;
  if (threads <= 1 || count <= grain || in_loop) {
    range.call(range.body, 0, count, 0);
    return;
  }
  if (!team_of_caller || team_of_caller->threads() != threads) {
    team_of_caller.reset();
    team_of_caller = std::make_unique<ThreadTeam>(threads);
  }
  in_loop = true;
  try {
    team_of_caller->run(count, grain, range);
  } catch (...) {
    in_loop = false;
    throw;
  }
  in_loop = false;
}

}  // namespace saccade
