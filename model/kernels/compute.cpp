#include "model/kernels/compute.h"

#include <fmt/format.h>
#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <dnnl.hpp>
#include <thread>

namespace saccade {
namespace {

thread_local int threads_of_caller = 0;  // 0: not set

int usable_processors() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (::sched_getaffinity(0, sizeof(mask), &mask) == 0) return CPU_COUNT(&mask);
  return int(std::thread::hardware_concurrency());  // more processors than a cpu_set_t holds
}

}  // namespace

void set_compute_threads(int threads) {
  threads_of_caller = std::max(1, threads);
  omp_set_num_threads(1);  // oneDNN runs a primitive on the thread that calls it
}

int compute_threads() {
  if (threads_of_caller == 0) set_compute_threads(usable_processors());
  return threads_of_caller;
}

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace saccade
