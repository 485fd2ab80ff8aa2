#include "vision/overlay/caption.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "vision/overlay/draw_text.h"

namespace saccade {
namespace {

const cv::Scalar kCaptionColour(255, 255, 255);
constexpr int kSmallestLine = 14;
constexpr int kLargestLine = 96;  // memory for the text grows with its square

/// Returns the line height at which `text` fits `width`, between three quarters of `height` and
/// `height`.
int text_height(const std::string& text, int height, int width) {
  const std::string ascii = to_ascii(text);
  int smaller = height;
  while (smaller > height * 3 / 4 && text_width(ascii, smaller) > width) --smaller;
  return smaller;
}

/// Draws "low", the colours and "high" from `at` to at most `right`, in a line of height `height`.
void draw_colour_bar(cv::Mat& rgb, cv::Point at, int right, int height, Colormap colormap) {
  const int gap = height / 2;
  const int low = text_width("low", height);
  const int high = text_width("high", height);
  const int width = std::min(right - at.x - low - high - 2 * gap, 16 * height);
  if (width < height) return;  // too narrow to tell colours apart
  draw_text(rgb, "low", at, height);
  const cv::Rect bar(at.x + low + gap, at.y + height / 5, width, height * 3 / 5);
  for (int x = 0; x < width; ++x) {
    const cv::Vec3b colour = colour_at(colormap, static_cast<float>(x) / float(width - 1));
    rgb(cv::Rect(bar.x + x, bar.y, 1, bar.height)).setTo(colour);
  }
  draw_text(rgb, "high", {bar.x + width + gap, at.y}, height);
}

}  // namespace

cv::Mat with_caption(const cv::Mat& rgb, const std::string& text, Colormap colormap) {
  if (rgb.empty() || rgb.type() != CV_8UC3) {
    throw std::invalid_argument("with_caption: the picture must be 8-bit RGB");
  }
  const int height = std::clamp(rgb.cols / 32, kSmallestLine, kLargestLine);
  const int margin = height / 2;
  const int right = rgb.cols - margin;
  cv::Mat out;
  cv::copyMakeBorder(rgb, out, 0, 2 * height + 3 * margin, 0, 0, cv::BORDER_CONSTANT,
                     kCaptionColour);
  cv::Point at(margin, rgb.rows + margin);
  const int lettering = text_height(text, height, right - at.x);
  draw_text(out, fit_text(text, lettering, right - at.x), at, lettering);
  at.y += height + margin;
  draw_colour_bar(out, at, right, lettering, colormap);
  return out;
}

}  // namespace saccade
