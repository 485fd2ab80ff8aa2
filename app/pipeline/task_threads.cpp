#include "app/pipeline/task_threads.h"

#include <exception>

namespace saccade {

using oneapi::tbb::global_control;

TaskThreads::TaskThreads(int threads)
    : none_of_its_own_(global_control::max_allowed_parallelism, 1),
      arena_(threads, /*reserved_for_masters=*/static_cast<unsigned>(threads)) {
  try {
    for (int i = 1; i < threads; ++i) {
      Helper& helper = helpers_.emplace_back();
      helper.end = helper.group.defer([] {});
      helper.thread =
          std::thread([this, &helper] { arena_.execute([&] { helper.group.wait(); }); });
    }
  } catch (const std::exception&) {  // the system refuses a thread, or memory for it
    if (!helpers_.empty() && !helpers_.back().thread.joinable()) helpers_.pop_back();
  }
}

TaskThreads::~TaskThreads() {
  for (Helper& helper : helpers_) helper.end = {};
  for (Helper& helper : helpers_) helper.thread.join();
}

}  // namespace saccade
