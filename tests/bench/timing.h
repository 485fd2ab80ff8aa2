// What the benchmarks share: a stopwatch and the median.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace saccade::bench {

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <typename Work>
double seconds(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace saccade::bench
