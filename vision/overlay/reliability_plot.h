// Draws a reliability diagram, which compares a classifier's confidence with its accuracy.
#pragma once

#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "vision/overlay/calibration_bin.h"

namespace saccade {

struct ReliabilityTitle {
  std::string title;     ///< UTF-8, the upper line; shortened if too long
  std::string subtitle;  ///< the lower line, in the same way
};

/// Returns a plot of 800 x 900 pixels (CV_8UC3, RGB). The upper part has one bar per bin for its
/// accuracy, the gap to its mean confidence shaded, and the diagonal on which both are equal; the
/// lower part has the number of pictures per bin. The bins cover 0 to 1 in ascending order.
cv::Mat reliability_plot(std::span<const CalibrationBin> bins, const ReliabilityTitle& title);

}  // namespace saccade
