// One line of dark lettering on a light picture.
#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

namespace saccade {

/// The UTF-8 `text` in the printable ASCII that OpenCV's fonts have: Latin letters lose their
/// accents, typographic dashes and quotes become plain, control characters become spaces, and any
/// other character, or stray byte, a question mark.
std::string to_ascii(std::string_view text);

/// `text` (UTF-8) as ASCII, shortened with "..." to at most `width` pixels at the line height
/// `height`; empty where not even the dots fit.
std::string fit_text(std::string_view text, int height, int width);

/// Pixels that `ascii` is wide at the line height `height`.
int text_width(const std::string& ascii, int height);

/// Draws `ascii` in the line of height `height` whose top left corner is `at`. What lies outside
/// the picture is cut.
void draw_text(cv::Mat& rgb, const std::string& ascii, cv::Point at, int height);

}  // namespace saccade
