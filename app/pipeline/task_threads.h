// Threads that run oneTBB's tasks.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <deque>
#include <thread>

namespace saccade {

/// Starts the threads itself. oneTBB's own would be started when there are tasks for them, by each
/// other, and one that the system refuses (a limit of processes, or memory for its stack) ends the
/// program.
class TaskThreads {
 public:
  /// Starts `threads` - 1 threads, or as many of them as the system allows. The caller of run() is
  /// one more.
  explicit TaskThreads(int threads);
  ~TaskThreads();
  TaskThreads(const TaskThreads&) = delete;
  TaskThreads& operator=(const TaskThreads&) = delete;

  /// Calls f() and runs the tasks that it spawns on all threads. Rethrows its exception.
  template <typename Function>
  void run(const Function& f) {
    arena_.execute(f);
  }

 private:
  // A thread waits for a task that never runs, and takes others meanwhile.
  struct Helper {
    oneapi::tbb::task_group group;
    oneapi::tbb::task_handle end;
    std::thread thread;
  };

  oneapi::tbb::global_control none_of_its_own_;
  oneapi::tbb::task_arena arena_;
  std::deque<Helper> helpers_;
};

}  // namespace saccade
