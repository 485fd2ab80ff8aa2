#include "vision/overlay/reliability_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

#include "vision/overlay/draw_text.h"

namespace saccade {
namespace {

const cv::Size kSheet(800, 900);
constexpr int kOversampling = 4;  // shapes are drawn larger and reduced, for clean edges
constexpr int kTitleLine = 30;
constexpr int kLine = 22;
constexpr int kTickLine = 20;
const cv::Rect2d kAbove(104, 138, 660, 460);
const cv::Rect2d kBelow(104, 634, 660, 180);

const cv::Scalar kPaper(255, 255, 255);
const cv::Scalar kFrame(70, 70, 70);
const cv::Scalar kGrid(226, 226, 226);
const cv::Scalar kBar(66, 119, 178);
const cv::Scalar kTooSure(240, 160, 104);
const cv::Scalar kTooUnsure(150, 190, 228);
const cv::Scalar kDiagonal(40, 40, 40);

/// The shapes below the text, at kOversampling times the sheet's size.
class Canvas {
 public:
  Canvas() : pixels_(kSheet * kOversampling, CV_8UC3, kPaper) {}

  void fill(const cv::Rect2d& rect, const cv::Scalar& colour) {
    const cv::Point from = scaled(rect.tl());
    const cv::Point to = scaled(rect.br());
    if (to.x <= from.x || to.y <= from.y) return;
    pixels_(cv::Rect(from, to)).setTo(colour);
  }

  void line(cv::Point2d from, cv::Point2d to, const cv::Scalar& colour, double width) {
    cv::line(pixels_, scaled(from), scaled(to), colour,
             std::max(1, cvRound(width * kOversampling)));
  }

  void dashes(cv::Point2d from, cv::Point2d to, const cv::Scalar& colour, double width) {
    constexpr double kDash = 10;
    constexpr double kPitch = 16;
    const double length = cv::norm(to - from);
    const cv::Point2d step = (to - from) / length;
    for (double at = 0; at < length; at += kPitch) {
      line(from + step * at, from + step * std::min(at + kDash, length), colour, width);
    }
  }

  void frame(const cv::Rect2d& rect) {
    cv::rectangle(pixels_, scaled(rect.tl()), scaled(rect.br()), kFrame, kOversampling);
  }

  cv::Mat sheet() const {
    cv::Mat sheet;
    cv::resize(pixels_, sheet, kSheet, 0, 0, cv::INTER_AREA);
    return sheet;
  }

 private:
  static cv::Point scaled(cv::Point2d at) {
    return {cvRound(at.x * kOversampling), cvRound(at.y * kOversampling)};
  }

  cv::Mat pixels_;
};

double x_of(const cv::Rect2d& plot, double share) { return plot.x + plot.width * share; }
double y_of(const cv::Rect2d& plot, double share) { return plot.br().y - plot.height * share; }

/// Returns the bin's column from `low` to `high`, both in 0..1; without area if low > high.
cv::Rect2d part_of(const cv::Rect2d& plot, const CalibrationBin& bin, double low, double high) {
  constexpr double kMargin = 1;  // between bars
  const double left = x_of(plot, bin.low) + kMargin;
  const double top = y_of(plot, high);
  return {left, top, x_of(plot, bin.high) - kMargin - left, y_of(plot, low) - top};
}

/// Returns the tick step of the count axis: 1, 2 or 5 times a power of ten, with three to six ticks
/// up to `max_count`.
int64_t tick_step(int64_t max_count) {
  for (int64_t power = 1;; power *= 10) {
    for (const int64_t digit : {1, 2, 5}) {
      if (digit * power * 4 >= max_count || power > max_count) return digit * power;
    }
  }
}

void draw_bars(Canvas& canvas, std::span<const CalibrationBin> bins, double top_count) {
  for (const CalibrationBin& bin : bins) {
    if (bin.count == 0) continue;
    canvas.fill(part_of(kAbove, bin, 0, bin.accuracy), kBar);
    canvas.fill(part_of(kAbove, bin, bin.accuracy, bin.confidence), kTooSure);
    canvas.fill(part_of(kAbove, bin, bin.confidence, bin.accuracy), kTooUnsure);
    canvas.fill(part_of(kBelow, bin, 0, static_cast<double>(bin.count) / top_count), kBar);
  }
}

void draw_grid(Canvas& canvas, int64_t step, double top_count) {
  constexpr int kTicks = 5;
  for (int i = 1; i < kTicks; ++i) {
    const double share = double(i) / kTicks;
    for (const cv::Rect2d& plot : {kAbove, kBelow}) {
      canvas.line({x_of(plot, share), plot.y}, {x_of(plot, share), plot.br().y}, kGrid, 1);
    }
    canvas.line({kAbove.x, y_of(kAbove, share)}, {kAbove.br().x, y_of(kAbove, share)}, kGrid, 1);
  }
  for (int64_t count = step; static_cast<double>(count) < top_count; count += step) {
    const double y = y_of(kBelow, static_cast<double>(count) / top_count);
    canvas.line({kBelow.x, y}, {kBelow.br().x, y}, kGrid, 1);
  }
}

enum class Align { left, centre, right };

/// Writes `text` with the middle of its left side, its centre or the middle of its right side at
/// `at`.
void write(cv::Mat& sheet, const std::string& text, cv::Point2d at, int height, Align align) {
  const int width = text_width(text, height);
  const double part = align == Align::left ? 0 : align == Align::centre ? 0.5 : 1;
  draw_text(sheet, text, {cvRound(at.x - part * width), cvRound(at.y - height / 2.0)}, height);
}

/// Writes `text` from bottom to top, centred at `at`.
void write_upwards(cv::Mat& sheet, const std::string& text, cv::Point2d at) {
  const int width = text_width(text, kLine);
  cv::Mat strip(kLine, width, CV_8UC3, kPaper);
  draw_text(strip, text, {0, 0}, kLine);
  cv::rotate(strip, strip, cv::ROTATE_90_COUNTERCLOCKWISE);
  strip.copyTo(sheet(
      cv::Rect(cvRound(at.x - kLine / 2.0), cvRound(at.y - width / 2.0), strip.cols, strip.rows)));
}

/// Formats a count in about six letters: 5000, 20k, 3M.
std::string count_text(int64_t count, int64_t step, double top_count) {
  constexpr double kLong = 10000;
  if (top_count < kLong || step % 1000 != 0 || count == 0) return std::to_string(count);
  return step % 1'000'000 == 0 ? fmt::format("{}M", count / 1'000'000)
                               : fmt::format("{}k", count / 1000);
}

void write_ticks(cv::Mat& sheet, int64_t step, double top_count) {
  constexpr int kTicks = 5;
  constexpr double kSpace = 8;
  for (int i = 0; i <= kTicks; ++i) {
    const double share = double(i) / kTicks;
    const std::string text = fmt::format("{:.1f}", share);
    write(sheet, text, {x_of(kBelow, share), kBelow.br().y + 16}, kTickLine, Align::centre);
    write(sheet, text, {kAbove.x - kSpace, y_of(kAbove, share)}, kTickLine, Align::right);
  }
  for (int64_t count = 0; static_cast<double>(count) <= top_count; count += step) {
    const double y = y_of(kBelow, static_cast<double>(count) / top_count);
    write(sheet, count_text(count, step, top_count), {kBelow.x - kSpace, y}, kTickLine,
          Align::right);
  }
}

void write_titles(cv::Mat& sheet, const ReliabilityTitle& title) {
  const double middle = kSheet.width / 2.0;
  const int max_width = kSheet.width - 32;
  write(sheet, fit_text(title.title, kTitleLine, max_width), {middle, 30}, kTitleLine,
        Align::centre);
  write(sheet, fit_text(title.subtitle, kLine, max_width), {middle, 64}, kLine, Align::centre);
  write_upwards(sheet, "accuracy", {26, kAbove.y + kAbove.height / 2});
  write_upwards(sheet, "pictures", {26, kBelow.y + kBelow.height / 2});
  write(sheet, "confidence", {kBelow.x + kBelow.width / 2, kBelow.br().y + 48}, kLine,
        Align::centre);
}

/// Draws the symbols of the legend on `canvas` or its words on `sheet`.
void legend(Canvas* canvas, cv::Mat* sheet) {
  constexpr double y = 110;
  constexpr double kSign = 26;
  constexpr double kSpace = 10;
  constexpr double kApart = 30;
  const std::array<std::string, 4> words{"accuracy", "too sure", "too unsure", "as right as sure"};
  const std::array<cv::Scalar, 3> colours{kBar, kTooSure, kTooUnsure};
  double width = 0;
  for (const std::string& word : words) width += kSign + kSpace + text_width(word, kTickLine);
  double x = kAbove.x + (kAbove.width - width - 3 * kApart) / 2;
  for (size_t i = 0; i < words.size(); ++i) {
    const cv::Rect2d sign(x, y - 7, kSign, 14);
    if (canvas && i < colours.size()) canvas->fill(sign, colours[i]);
    if (canvas && i == colours.size()) canvas->dashes({x, y}, {x + kSign, y}, kDiagonal, 2);
    if (sheet) write(*sheet, words[i], {x + kSign + kSpace, y}, kTickLine, Align::left);
    x += kSign + kSpace + text_width(words[i], kTickLine) + kApart;
  }
}

}  // namespace

cv::Mat reliability_plot(std::span<const CalibrationBin> bins, const ReliabilityTitle& title) {
  if (bins.empty()) throw std::invalid_argument("reliability_plot: needs at least one bin");
  int64_t max_count = 1;
  for (const CalibrationBin& bin : bins) max_count = std::max(max_count, bin.count);
  const int64_t step = tick_step(max_count);
  const double top_count = std::ceil(double(max_count) / double(step)) * double(step);
  Canvas canvas;
  draw_grid(canvas, step, top_count);
  draw_bars(canvas, bins, top_count);
  canvas.dashes({kAbove.x, kAbove.br().y}, {kAbove.br().x, kAbove.y}, kDiagonal, 2);
  canvas.frame(kAbove);
  canvas.frame(kBelow);
  legend(&canvas, nullptr);
  cv::Mat sheet = canvas.sheet();
  legend(nullptr, &sheet);
  write_titles(sheet, title);
  write_ticks(sheet, step, top_count);
  return sheet;
}

}  // namespace saccade
