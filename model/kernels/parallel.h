// Parallel loops on OpenMP's threads, which oneDNN uses, too.
#pragma once

#include <omp.h>

#include <cstdint>
#include <exception>

namespace saccade {

/// Runs body(i) for i in [0, count) on all threads, in no order. The first exception is rethrown.
template <typename Body>
void parallel_for(int64_t count, const Body& body) {
  std::exception_ptr error;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < count; ++i) {
    try {
      body(i);
    } catch (...) {
#pragma omp critical(saccade_parallel_for)
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

/// The same for larger pieces: a thread takes the next one when it is done. Runs body(i, thread)
/// with thread in [0, threads).
template <typename Body>
void parallel_tasks(int threads, int64_t count, const Body& body) {
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
  for (int64_t i = 0; i < count; ++i) {
    try {
      body(i, omp_get_thread_num());
    } catch (...) {
#pragma omp critical(saccade_parallel_for)
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace saccade
