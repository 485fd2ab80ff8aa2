// Summarises repeated timings of the same work.
#pragma once

#include <cstddef>
#include <vector>

namespace saccade {

/// In the unit of the times. Percentiles are by nearest rank.
struct TimeSummary {
  size_t count = 0;
  double min = 0;
  double median = 0;
  double p90 = 0;
  double p99 = 0;
};

/// Throws std::invalid_argument if `times` is empty.
TimeSummary summarize(std::vector<double> times);

}  // namespace saccade
