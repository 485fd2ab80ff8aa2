// What the benchmarks share: a stopwatch.
#pragma once

#include <chrono>

namespace saccade::bench {

template <typename Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace saccade::bench
