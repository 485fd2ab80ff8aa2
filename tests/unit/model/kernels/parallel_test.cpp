#include "model/kernels/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "model/kernels/compute.h"

namespace saccade {
namespace {

/// Restores the number of threads of the calling thread.
class ThreadsFor {
 public:
  explicit ThreadsFor(int threads) : before_(compute_threads()) { set_compute_threads(threads); }
  ~ThreadsFor() { set_compute_threads(before_); }

 private:
  int before_;
};

TEST(Parallel, EachIndexRunsOnce) {
  for (const int threads : {1, 2, 3, 7}) {
    const ThreadsFor scope(threads);
    for (const int64_t count : {0, 1, 2, 5, 64, 1001}) {
      std::vector<std::atomic<int>> runs(static_cast<size_t>(count));
      parallel_for(count, [&](int64_t i) { ++runs[size_t(i)]; });
      EXPECT_TRUE(std::all_of(runs.begin(), runs.end(), [](const auto& n) { return n == 1; }))
          << threads << " threads, " << count;
    }
  }
}

TEST(Parallel, TasksKnowTheirThread) {
  constexpr int kThreads = 4;
  const ThreadsFor scope(kThreads);
  std::array<std::atomic<bool>, kThreads> busy{};
  parallel_tasks(kThreads, 500, [&](int64_t, int thread) {
    ASSERT_TRUE(thread >= 0 && thread < kThreads);
    EXPECT_FALSE(busy[size_t(thread)].exchange(true)) << "two tasks at once have thread " << thread;
    std::this_thread::yield();
    busy[size_t(thread)] = false;
  });
}

// Workers sleep between loops that are far apart, and spin between loops that are not.
TEST(Parallel, ManyLoopsOneAfterAnother) {
  const ThreadsFor scope(3);
  std::atomic<int64_t> sum = 0;
  for (int loop = 0; loop < 20'000; ++loop) {
    parallel_for(7, [&](int64_t i) { sum += i; });
    if (loop % 2000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(sum, 20'000 * 21);
}

TEST(Parallel, ALoopWithinALoopRunsOnItsThread) {
  const ThreadsFor scope(2);
  std::atomic<int> inner = 0;
  parallel_for(8, [&](int64_t) {
    const auto here = std::this_thread::get_id();
    parallel_for(5, [&](int64_t) {
      EXPECT_EQ(std::this_thread::get_id(), here);
      ++inner;
    });
  });
  EXPECT_EQ(inner, 40);
}

TEST(Parallel, TheFirstExceptionIsRethrownAndTheNextLoopRuns) {
  const ThreadsFor scope(3);
  for (int i = 0; i < 100; ++i) {
    EXPECT_THROW(parallel_for(50,
                              [&](int64_t at) {
                                if (at == 17) throw std::runtime_error("17");
                              }),
                 std::runtime_error);
    std::atomic<int> runs = 0;
    parallel_for(50, [&](int64_t) { ++runs; });
    EXPECT_EQ(runs, 50);
  }
}

TEST(Parallel, CallersOnSeveralThreadsHaveWorkersOfTheirOwn) {
  std::vector<std::future<int64_t>> sums;
  for (int caller = 0; caller < 4; ++caller) {
    sums.push_back(std::async(std::launch::async, [] {
      set_compute_threads(2);
      std::atomic<int64_t> sum = 0;
      for (int loop = 0; loop < 500; ++loop) parallel_for(20, [&](int64_t i) { sum += i; });
      return sum.load();
    }));
  }
  for (auto& sum : sums) EXPECT_EQ(sum.get(), 500 * 190);
}

// A thread that is held up keeps nothing but the piece in its hands: the others do the rest.
TEST(Parallel, ThreadsTakeOverPiecesOfOneThatIsHeldUp) {
  const ThreadsFor scope(2);
  std::atomic<int> done = 0;
  parallel_tasks(2, 40, [&](int64_t i, int) {
    if (i == 0) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      while (done < 39 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
      EXPECT_EQ(done, 39);
    } else {
      ++done;
    }
  });
}

}  // namespace
}  // namespace saccade
