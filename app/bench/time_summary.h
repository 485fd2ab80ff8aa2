// Many times of the same work, in a few numbers.
#pragma once

#include <cstddef>
#include <vector>

namespace saccade {

/// In the unit of the times. Percentiles are the smallest of the times that are not exceeded by so
/// large a part of them (nearest rank).
struct TimeSummary {
  size_t count = 0;
  double min = 0;
  double median = 0;
  double p90 = 0;
  double p99 = 0;
};

/// Throws std::invalid_argument where there is none.
TimeSummary summarize(std::vector<double> times);

}  // namespace saccade
