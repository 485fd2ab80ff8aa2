// A line of words, and what the colours mean, below a picture.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

#include "vision/overlay/colormap.h"

namespace saccade {

/// `rgb` (CV_8UC3) with a white band below it, which holds `text` (UTF-8, one line) in letters that
/// suit the picture's width, up to 96 pixels a line, and the colours of `colormap` from "low" to
/// "high".
/// What OpenCV's fonts lack is transliterated, see to_ascii(); what does not fit ends in "...".
cv::Mat with_caption(const cv::Mat& rgb, const std::string& text, Colormap colormap);

}  // namespace saccade
