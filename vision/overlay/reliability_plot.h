// A reliability diagram: is a classifier as often right as it is sure?
#pragma once

#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "vision/overlay/calibration_bin.h"

namespace saccade {

struct ReliabilityTitle {
  std::string title;     ///< UTF-8, the upper line; shortened where it is too long
  std::string subtitle;  ///< likewise, the lower one
};

/// 800 x 900 pixels (CV_8UC3, RGB). Above: a bar a bin, as high as its accuracy, the gap to its
/// mean confidence shaded, and the diagonal on which the two are equal. Below: how many pictures
/// each bin has. The bins go from 0 to 1, lowest first, and meet.
cv::Mat reliability_plot(std::span<const CalibrationBin> bins, const ReliabilityTitle& title);

}  // namespace saccade
