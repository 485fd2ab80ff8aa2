#include "app/pipeline/decoding_threads.h"

#include <atomic>
#include <condition_variable>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

std::atomic<bool> any_left_behind = false;

}  // namespace

/// A thread that does one piece of work after the other.
class DecodingThreads::Worker {
 public:
  Worker() : thread_([state = state_] { serve(*state); }) {}
  ~Worker() {
    {
      const std::lock_guard lock(state_->mutex);
      state_->quit = true;
    }
    state_->changed.notify_all();
    if (left_) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void begin(std::function<void()> work) {
    {
      const std::lock_guard lock(state_->mutex);
      state_->work = std::move(work);
    }
    state_->changed.notify_all();
  }

  /// Returns whether the work is done; waits until then, but not beyond `end`.
  bool wait_until(Clock::time_point end) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_until(lock, end, [&] { return !state_->work; });
  }

  /// What the work that is done threw; null if nothing.
  std::exception_ptr take_error() { return std::exchange(state_->error, nullptr); }

  void leave_behind() {
    left_ = true;
    any_left_behind = true;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    std::function<void()> work;  ///< empty once it is done
    std::exception_ptr error;
    bool quit = false;
  };

  static void serve(State& state) {
    std::unique_lock lock(state.mutex);
    for (;;) {
      state.changed.wait(lock, [&] { return state.quit || state.work; });
      if (!state.work) return;
      lock.unlock();
      std::exception_ptr error;
      try {
        state.work();
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      state.error = std::move(error);
      state.work = nullptr;
      state.changed.notify_all();
    }
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
  bool left_ = false;
  std::thread thread_;
};

DecodingThreads::DecodingThreads(std::optional<std::chrono::seconds> limit,
                                 std::function<bool()> stopped)
    : limit_(limit), stopped_(std::move(stopped)) {}

DecodingThreads::~DecodingThreads() = default;

std::unique_ptr<DecodingThreads::Worker> DecodingThreads::take_worker() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Worker> worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  try {
    return std::make_unique<Worker>();
  } catch (const std::system_error&) {
    return nullptr;
  }
}

DecodingThreads::Outcome DecodingThreads::wait(Worker& worker) const {
  constexpr std::chrono::milliseconds kLook(50);
  constexpr std::chrono::seconds kGrace(1);
  const Clock::time_point begin = Clock::now();
  std::optional<Clock::time_point> stop;
  while (!worker.wait_until(Clock::now() + kLook)) {
    const Clock::time_point now = Clock::now();
    if (!stop && stopped()) stop = now;
    if (stop && now - *stop >= kGrace) return Outcome::stopped;
    if (limit_ && now - begin >= *limit_) return Outcome::late;
  }
  return Outcome::done;
}

DecodingThreads::Outcome DecodingThreads::run(std::function<void()> work) {
  std::unique_ptr<Worker> worker = take_worker();
  if (!worker) {
    work();
    return Outcome::done;
  }
  worker->begin(std::move(work));
  const Outcome outcome = wait(*worker);
  if (outcome != Outcome::done) {
    worker->leave_behind();
    return outcome;
  }
  const std::exception_ptr error = worker->take_error();
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(worker));
  }
  if (error) std::rethrow_exception(error);
  return Outcome::done;
}

bool threads_left_behind() { return any_left_behind; }

}  // namespace saccade
