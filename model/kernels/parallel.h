// Loops over independent pieces of work, on worker threads of our own.
#pragma once

#include <cstdint>

#include "model/kernels/compute.h"

namespace saccade {

namespace parallel_detail {

/// A reference to a callable f(begin, end, thread) over part of the loop's indices.
struct Range {
  const void* body;
  void (*call)(const void* body, int64_t begin, int64_t end, int thread);
};

/// Runs `range` over [0, count) in pieces of at most `grain` indices, on at most `threads` threads.
/// Rethrows the first exception after all pieces have ended.
void run(int threads, int64_t count, int64_t grain, const Range& range);

}  // namespace parallel_detail

/// Runs body(i) for i in [0, count) on all threads. Neighbouring indices run on the same thread
/// where they can, and a thread that is done takes over pieces of one that is not. The first
/// exception is rethrown.
template <typename Body>
void parallel_for(int64_t count, const Body& body) {
  const auto loop = [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) body(i);
  };
  // Four pieces for each thread: the cost of a piece is negligible, and threads still finish
  // together on a machine where another process has one of the processors.
  const int threads = compute_threads();
  const int64_t grain = (count + 4 * threads - 1) / (4 * threads);
  parallel_detail::run(threads, count, grain,
                       {&loop, [](const void* f, int64_t begin, int64_t end, int thread) {
                          (*static_cast<const decltype(loop)*>(f))(begin, end, thread);
                        }});
}

/// The same for larger pieces: body(i, thread), with thread in [0, threads).
template <typename Body>
void parallel_tasks(int threads, int64_t count, const Body& body) {
  const auto loop = [&](int64_t begin, int64_t end, int thread) {
    for (int64_t i = begin; i < end; ++i) body(i, thread);
  };
  parallel_detail::run(threads, count, 1,
                       {&loop, [](const void* f, int64_t begin, int64_t end, int thread) {
                          (*static_cast<const decltype(loop)*>(f))(begin, end, thread);
                        }});
}

}  // namespace saccade
