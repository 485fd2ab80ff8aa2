#include "vision/overlay/colormap.h"

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace saccade {
namespace {

using Colours = std::array<cv::Vec3b, 256>;

Colours gray_colours() {
  Colours colours;
  for (size_t i = 0; i < colours.size(); ++i) {
    const auto level = static_cast<uint8_t>(i);
    colours[i] = {level, level, level};
  }
  return colours;
}

Colours opencv_colours(cv::ColormapTypes type) {
  cv::Mat ramp(256, 1, CV_8UC1);
  for (int i = 0; i < 256; ++i) ramp.at<uint8_t>(i) = static_cast<uint8_t>(i);
  cv::Mat bgr;
  cv::applyColorMap(ramp, bgr, type);
  Colours colours;
  for (int i = 0; i < 256; ++i) {
    const cv::Vec3b& colour = bgr.at<cv::Vec3b>(i);
    colours[static_cast<size_t>(i)] = {colour[2], colour[1], colour[0]};
  }
  return colours;
}

}  // namespace

const Colours& colours_of(Colormap colormap) {
  switch (colormap) {
    case Colormap::turbo: {
      static const Colours colours = opencv_colours(cv::COLORMAP_TURBO);
      return colours;
    }
    case Colormap::viridis: {
      static const Colours colours = opencv_colours(cv::COLORMAP_VIRIDIS);
      return colours;
    }
    case Colormap::inferno: {
      static const Colours colours = opencv_colours(cv::COLORMAP_INFERNO);
      return colours;
    }
    case Colormap::jet: {
      static const Colours colours = opencv_colours(cv::COLORMAP_JET);
      return colours;
    }
    case Colormap::gray: {
      static const Colours colours = gray_colours();
      return colours;
    }
  }
  throw std::invalid_argument("unknown colour map");
}

cv::Vec3b colour_at(Colormap colormap, float value01) {
  const float clipped = value01 > 0 ? (value01 < 1 ? value01 : 1.0f) : 0.0f;
  return colours_of(colormap)[static_cast<size_t>(clipped * 255 + 0.5f)];
}

}  // namespace saccade
