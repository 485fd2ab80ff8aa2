#include "app/bench/time_summary.h"

#include <algorithm>
#include <stdexcept>

namespace saccade {

TimeSummary summarize(std::vector<double> times) {
  if (times.empty()) throw std::invalid_argument("summarize() requires at least one time");
  std::sort(times.begin(), times.end());
  const auto percentile = [&](size_t percent) {
    return times[(times.size() * percent + 99) / 100 - 1];
  };
  return {times.size(), times.front(), percentile(50), percentile(90), percentile(99)};
}

}  // namespace saccade
