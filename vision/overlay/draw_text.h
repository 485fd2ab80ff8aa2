// Draws a line of dark text on a light picture.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

namespace saccade {

/// Converts UTF-8 to the printable ASCII that OpenCV's fonts support: removes accents from Latin
/// letters, replaces typographic dashes and quotes by plain ones, control characters by spaces, and
/// any other character or invalid byte by a question mark.
std::string to_ascii(std::string_view text);

/// Returns `text` (UTF-8) as ASCII, shortened with "..." to at most `width` pixels at line height
/// `height`; empty if even the dots do not fit.
std::string fit_text(std::string_view text, int height, int width);

/// Returns the width of `ascii` in pixels at line height `height`.
int text_width(const std::string& ascii, int height);

/// Draws `ascii` in a line of height `height` with its top left corner at `at`. Clips what lies
/// outside the picture.
void draw_text(cv::Mat& rgb, const std::string& ascii, cv::Point at, int height);

}  // namespace saccade
