// Answers of about the same confidence.
#pragma once

#include <cstdint>

namespace saccade {

struct CalibrationBin {
  double low = 0;   ///< confidences from above `low`
  double high = 0;  ///< to `high`
  int64_t count = 0;
  double accuracy = 0;    ///< the share that is right; 0 where there is none, as for the next
  double confidence = 0;  ///< the mean
};

}  // namespace saccade
