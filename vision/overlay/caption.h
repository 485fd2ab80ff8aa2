// Adds a caption and a colour bar below a picture.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

#include "vision/overlay/colormap.h"

namespace saccade {

/// Returns `rgb` (CV_8UC3) with a white band below it. The band has `text` (UTF-8, one line), whose
/// size depends on the picture's width, and a colour bar of `colormap` from "low" to "high".
/// Transliterates characters that OpenCV's fonts lack, see to_ascii(), and shortens long text with
/// "...".
cv::Mat with_caption(const cv::Mat& rgb, const std::string& text, Colormap colormap);

}  // namespace saccade
