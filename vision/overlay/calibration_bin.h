// A bin of a reliability diagram: answers of similar confidence.
#pragma once

#include <cstdint>

namespace saccade {

struct CalibrationBin {
  double low = 0;   ///< lower bound of the confidence, exclusive
  double high = 0;  ///< upper bound, inclusive
  int64_t count = 0;
  double accuracy = 0;    ///< fraction of right answers; 0 if the bin is empty
  double confidence = 0;  ///< mean confidence; 0 if the bin is empty
};

}  // namespace saccade
