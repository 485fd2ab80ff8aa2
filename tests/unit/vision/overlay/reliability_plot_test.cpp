#include "vision/overlay/reliability_plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace saccade {
namespace {

const cv::Vec3b kAccuracy(66, 119, 178);
const cv::Vec3b kTooSure(240, 160, 104);
const cv::Vec3b kTooUnsure(150, 190, 228);

const std::vector<CalibrationBin> kBins{{0, 0.25, 10, 0.25, 0.2},
                                        {0.25, 0.5, 0, 0, 0},
                                        {0.5, 0.75, 20, 0.5, 0.7},
                                        {0.75, 1, 40, 1, 0.9}};

/// The areas of the accuracy bars and of the count bars.
cv::Mat above(const cv::Mat& plot) { return plot.rowRange(125, 615); }
cv::Mat below(const cv::Mat& plot) { return plot.rowRange(615, 830); }

/// The first and last row with this colour in the columns around `x`.
int extent(const cv::Mat& part, int x, const cv::Vec3b& colour) {
  int first = -1;
  int last = -1;
  for (int y = 0; y < part.rows; ++y) {
    bool found = false;
    for (int near = x - 20; near < x + 20; ++near) found |= part.at<cv::Vec3b>(y, near) == colour;
    if (!found) continue;
    if (first < 0) first = y;
    last = y;
  }
  return first < 0 ? 0 : last - first + 1;
}

/// The middle columns of the four bins, extrapolated from those that have bars.
std::vector<int> middles(const cv::Mat& plot) {
  const cv::Mat bars = below(plot);
  int first = bars.cols;
  int last = 0;
  for (int x = 0; x < bars.cols; ++x) {
    for (int y = 0; y < bars.rows; ++y) {
      if (bars.at<cv::Vec3b>(y, x) != kAccuracy) continue;
      first = std::min(first, x);
      last = x;
    }
  }
  const int width = (last - first + 1) / 4;
  return {first + width / 2, first + 3 * width / 2, first + 5 * width / 2, first + 7 * width / 2};
}

TEST(ReliabilityPlot, BarsAreAsHighAsTheirValues) {
  const cv::Mat plot = reliability_plot(kBins, {"title", "subtitle"});
  EXPECT_EQ(plot.size(), cv::Size(800, 900));
  EXPECT_EQ(plot.type(), CV_8UC3);
  const std::vector<int> at = middles(plot);
  constexpr double kHeight = 460;
  constexpr double kNear = 4;  // the diagonal may hide an end
  const cv::Mat bars = above(plot);
  EXPECT_NEAR(extent(bars, at[0], kAccuracy), 0.2 * kHeight, kNear);
  EXPECT_NEAR(extent(bars, at[0], kTooUnsure), 0.05 * kHeight, kNear);
  EXPECT_EQ(extent(bars, at[0], kTooSure), 0);
  EXPECT_NEAR(extent(bars, at[2], kAccuracy), 0.5 * kHeight, kNear);
  EXPECT_NEAR(extent(bars, at[2], kTooSure), 0.2 * kHeight, kNear);
  EXPECT_EQ(extent(bars, at[2], kTooUnsure), 0);
  EXPECT_NEAR(extent(bars, at[3], kAccuracy), 0.9 * kHeight, kNear);
  EXPECT_NEAR(extent(bars, at[3], kTooUnsure), 0.1 * kHeight, kNear);
  for (const cv::Vec3b& colour : {kAccuracy, kTooSure, kTooUnsure}) {
    EXPECT_EQ(extent(bars, at[1], colour), 0);
  }
}

TEST(ReliabilityPlot, CountsStandBelow) {
  const cv::Mat plot = reliability_plot(kBins, {"title", "subtitle"});
  const std::vector<int> at = middles(plot);
  constexpr double kHeight = 180;
  EXPECT_NEAR(extent(below(plot), at[0], kAccuracy), kHeight / 4, 2);
  EXPECT_EQ(extent(below(plot), at[1], kAccuracy), 0);
  EXPECT_NEAR(extent(below(plot), at[2], kAccuracy), kHeight / 2, 2);
  EXPECT_NEAR(extent(below(plot), at[3], kAccuracy), kHeight, 2);
}

/// The columns and rows of dark text that touch the sheet's edge.
bool touches_edge(const cv::Mat& plot) {
  for (int x = 0; x < plot.cols; ++x) {
    if (plot.at<cv::Vec3b>(0, x)[0] < 128 || plot.at<cv::Vec3b>(plot.rows - 1, x)[0] < 128) {
      return true;
    }
  }
  for (int y = 0; y < plot.rows; ++y) {
    if (plot.at<cv::Vec3b>(y, 0)[0] < 128 || plot.at<cv::Vec3b>(y, plot.cols - 1)[0] < 128) {
      return true;
    }
  }
  return false;
}

TEST(ReliabilityPlot, LongTitlesAndLargeCountsStayOnTheSheet) {
  std::vector<CalibrationBin> bins = kBins;
  bins[3].count = 123'456'789'012;
  const std::string text(500, 'W');
  const cv::Mat plot = reliability_plot(bins, {text, text});
  EXPECT_FALSE(touches_edge(plot));
  // There is an empty column between the axis title and the tick labels.
  const cv::Mat side = plot(cv::Rect(37, 625, 67, 200));
  bool blank = false;
  for (int x = 0; x < 12; ++x) {
    double least = 0;
    cv::minMaxLoc(side.col(x).clone().reshape(1), &least, nullptr);
    blank |= least > 200;
  }
  EXPECT_TRUE(blank);
}

TEST(ReliabilityPlot, WantsBins) {
  EXPECT_THROW(reliability_plot({}, {"title", "subtitle"}), std::invalid_argument);
}

TEST(ReliabilityPlot, EmptyBinsAreDrawnToo) {
  std::vector<CalibrationBin> bins = kBins;
  for (CalibrationBin& bin : bins) bin = {bin.low, bin.high, 0, 0, 0};
  EXPECT_EQ(extent(below(reliability_plot(bins, {"", ""})), 400, kAccuracy), 0);
}

}  // namespace
}  // namespace saccade
