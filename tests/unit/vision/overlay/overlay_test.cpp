#include "vision/overlay/overlay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <ostream>
#include <stdexcept>

namespace saccade {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Draws the map itself, 0 to 255.
OverlayStyle bare_map() {
  OverlayStyle style;
  style.colormap = Colormap::gray;
  style.alpha = 1;
  style.percentile = 100;
  return style;
}

cv::Mat plain(int width, int height, const cv::Scalar& colour = {0, 0, 0}) {
  return cv::Mat(height, width, CV_8UC3, colour);
}

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// A map that is 0 except for one patch.
std::vector<float> marked(ImageSize grid, int64_t row, int64_t col) {
  std::vector<float> map(static_cast<size_t>(grid.height * grid.width), 0.0f);
  map[static_cast<size_t>(row * grid.width + col)] = 1;
  return map;
}

struct Placement {
  const char* name;
  cv::Size picture;
  ImageSize grid;
  SourceRect covered;
  int64_t row;
  int64_t col;
};

std::ostream& operator<<(std::ostream& out, const Placement& placement) {
  return out << placement.name;
}

class MarkedPatch : public testing::TestWithParam<Placement> {
 protected:
  /// The edges of the marked patch along an axis, in pixels from the picture's corner.
  struct Extent {
    double begin;
    double end;
  };
  static Extent extent(double start, double length, int64_t patches, int64_t index) {
    const double patch = length / static_cast<double>(patches);
    return {start + patch * static_cast<double>(index),
            start + patch * static_cast<double>(index + 1)};
  }
};

TEST_P(MarkedPatch, IsHotOnItsOwnPixels) {
  const Placement& p = GetParam();
  const cv::Mat out = overlay(plain(p.picture.width, p.picture.height),
                              marked(p.grid, p.row, p.col), p.grid, p.covered, bare_map());
  cv::Point2d sum(0, 0);
  double weight = 0;
  double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9;
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.cols; ++x) {
      const double value = out.at<cv::Vec3b>(y, x)[0] / 255.0;
      if (value < 0.5) continue;
      sum += value * cv::Point2d(x + 0.5, y + 0.5);
      weight += value;
      left = std::min(left, double(x));
      right = std::max(right, x + 1.0);
      top = std::min(top, double(y));
      bottom = std::max(bottom, y + 1.0);
    }
  }
  ASSERT_GT(weight, 0);
  const Extent across = extent(p.covered.x, p.covered.width, p.grid.width, p.col);
  const Extent down = extent(p.covered.y, p.covered.height, p.grid.height, p.row);
  EXPECT_NEAR(sum.x / weight, (across.begin + across.end) / 2, 0.5);
  EXPECT_NEAR(sum.y / weight, (down.begin + down.end) / 2, 0.5);
  // The kernel is 1/2 at 0.546 patches from its centre; allow for whole pixels.
  const double slack_x = 1 + 0.05 * (across.end - across.begin);
  const double slack_y = 1 + 0.05 * (down.end - down.begin);
  EXPECT_NEAR(left, across.begin, slack_x);
  EXPECT_NEAR(right, across.end, slack_x);
  EXPECT_NEAR(top, down.begin, slack_y);
  EXPECT_NEAR(bottom, down.end, slack_y);
}

INSTANTIATE_TEST_SUITE_P(
    Overlay, MarkedPatch,
    testing::Values(
        Placement{"whole_picture", {224, 224}, {14, 14}, {0, 0, 224, 224}, 3, 9},
        Placement{"centre_crop", {451, 300}, {14, 14}, {94.25, 18.75, 262.5, 262.5}, 6, 2},
        Placement{"odd_fractions", {640, 427}, {16, 16}, {106.7, 0.3, 426.31, 426.31}, 1, 14},
        Placement{"wide_grid", {300, 120}, {4, 10}, {0, 0, 300, 120}, 2, 7},
        Placement{"tall_grid", {120, 400}, {12, 3}, {10.5, 3.25, 99.5, 390.5}, 8, 1},
        Placement{"one_row", {200, 60}, {1, 9}, {10, 5, 180, 50}, 0, 4},
        Placement{"one_column", {60, 200}, {7, 1}, {4.25, 10, 50, 180}, 5, 0},
        Placement{"padded_sides", {120, 240}, {12, 12}, {-60.5, 0, 240, 240}, 5, 4},
        Placement{"padded_all_around", {200, 100}, {14, 14}, {-40.25, -90.5, 280, 280}, 7, 8},
        Placement{"squashed", {500, 100}, {10, 10}, {0, 0, 500, 100}, 4, 4},
        Placement{"patches_of_two_pixels", {80, 80}, {37, 37}, {3, 3, 74, 74}, 20, 11},
        Placement{"large_patches", {1000, 800}, {3, 3}, {100.5, 0.5, 799.5, 799.5}, 1, 1}),
    [](const auto& test_case) { return std::string(test_case.param.name); });

TEST(Overlay, IsTheSameForAMapTurnedWithItsPicture) {
  cv::Mat picture(90, 120, CV_8UC3);
  cv::randu(picture, 0, 256);
  cv::Mat map(5, 7, CV_32FC1);
  cv::randu(map, 0, 1);
  const auto draw = [](const cv::Mat& rgb, const cv::Mat& values, const SourceRect& covered) {
    return overlay(rgb, {values.ptr<float>(), values.total()}, {values.rows, values.cols}, covered,
                   OverlayStyle{});
  };
  const cv::Mat upright = draw(picture, map, {10, 5, 95, 80});
  const cv::Mat turned = draw(picture.t(), cv::Mat(map.t()), {5, 10, 80, 95});
  EXPECT_LE(cv::norm(upright, cv::Mat(turned.t()), cv::NORM_INF), 1);
  cv::Mat flipped_picture, flipped_map, back;
  cv::flip(picture, flipped_picture, 1);
  cv::flip(map, flipped_map, 1);
  cv::flip(draw(flipped_picture, flipped_map, {15, 5, 95, 80}), back, 1);
  EXPECT_LE(cv::norm(upright, back, cv::NORM_INF), 1);
}

TEST(Overlay, IsSmooth) {
  const std::vector<float> map{0, 1, 0, 1, 1, 0, 0, 0, 1};
  const cv::Mat out = overlay(plain(300, 300), map, {3, 3}, {0, 0, 300, 300}, bare_map());
  for (int y = 1; y < 300; ++y) {
    for (int x = 1; x < 300; ++x) {
      const int here = out.at<cv::Vec3b>(y, x)[0];
      // A patch has 100 pixels, and the kernel's steepest slope is 9/8 per patch.
      ASSERT_LE(std::abs(here - out.at<cv::Vec3b>(y, x - 1)[0]), 5) << x << ", " << y;
      ASSERT_LE(std::abs(here - out.at<cv::Vec3b>(y - 1, x)[0]), 5) << x << ", " << y;
    }
  }
}

TEST(Overlay, BlendsByAConstantOrByTheValue) {
  const cv::Vec3b photo(200, 100, 40);
  const cv::Mat picture = plain(90, 90, photo);
  const std::vector<float> map = marked({3, 3}, 1, 1);
  OverlayStyle style;
  style.colormap = Colormap::viridis;
  style.alpha = 0.3;
  style.percentile = 100;
  const auto blended = [&](float value, double share) {
    cv::Vec3b colour = colour_at(style.colormap, value);
    for (int c = 0; c < 3; ++c) {
      colour[c] = cv::saturate_cast<uint8_t>((1 - share) * photo[c] + share * colour[c]);
    }
    return colour;
  };
  const auto expect_at = [](const cv::Mat& out, cv::Point at, const cv::Vec3b& wanted) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(out.at<cv::Vec3b>(at)[c], wanted[c], 1);
  };
  const cv::Mat constant = overlay(picture, map, {3, 3}, {0, 0, 90, 90}, style);
  expect_at(constant, {45, 45}, blended(1, 0.3));
  expect_at(constant, {2, 2}, blended(0, 0.3));
  style.blend = Blend::scaled;
  const cv::Mat scaled = overlay(picture, map, {3, 3}, {0, 0, 90, 90}, style);
  expect_at(scaled, {45, 45}, blended(1, 0.3));
  EXPECT_EQ(scaled.at<cv::Vec3b>(2, 2), photo);
  style.alpha = 0;
  EXPECT_TRUE(same(overlay(picture, map, {3, 3}, {0, 0, 90, 90}, style), picture));
}

TEST(Overlay, DimsPixelsOutsideTheGrid) {
  const cv::Mat picture = plain(60, 40, {220, 80, 80});
  OverlayStyle style;
  style.alpha = 0;  // keeps the covered pixels
  // Pixel centres from 10.5 to 30.5 across, and from 0.5 down to 9.5.
  const cv::Mat out =
      overlay(picture, marked({2, 2}, 0, 0), {2, 2}, {10.4, -20, 20.2, 29.9}, style);
  const cv::Vec3b dimmed = out.at<cv::Vec3b>(39, 59);
  EXPECT_NEAR(cv::mean(cv::Mat(dimmed))[0], 0.4 * 115, 10);
  EXPECT_GT(dimmed[0], dimmed[1]);  // still a little red
  EXPECT_LT(dimmed[0] - dimmed[1], 0.4 * (220 - 80));
  for (int y = 0; y < out.rows; ++y) {
    for (int x = 0; x < out.cols; ++x) {
      const bool seen = x >= 10 && x <= 30 && y <= 9;
      ASSERT_EQ(out.at<cv::Vec3b>(y, x), seen ? cv::Vec3b(220, 80, 80) : dimmed) << x << ", " << y;
    }
  }
}

TEST(Overlay, DimsEverythingWhereTheGridLiesOutside) {
  const cv::Mat picture = plain(50, 50, {200, 200, 200});
  for (const SourceRect& outside : {SourceRect{60, 0, 50, 50}, SourceRect{0, -90, 50, 50},
                                    SourceRect{-1e12, 0, 1, 1}, SourceRect{20.6, 20.6, 0.1, 0.1}}) {
    OverlayStyle style;
    style.contour = true;
    const cv::Mat out = overlay(picture, marked({2, 2}, 0, 0), {2, 2}, outside, style);
    EXPECT_EQ(out.at<cv::Vec3b>(5, 5), cv::Vec3b(80, 80, 80));
    EXPECT_EQ(out.at<cv::Vec3b>(45, 45), cv::Vec3b(80, 80, 80));
  }
}

TEST(Overlay, DrawsContoursThatShowOnLightAndDark) {
  OverlayStyle style = bare_map();
  style.alpha = 0;
  style.contour = true;
  for (const int level : {0, 128, 255}) {
    const cv::Mat picture = plain(200, 100, cv::Scalar::all(level));
    const std::vector<float> step{0, 1};
    const cv::Mat out = overlay(picture, step, {1, 2}, {0, 0, 200, 100}, style);
    const auto row = [&](int x) { return int(out.at<cv::Vec3b>(50, x)[0]); };
    const auto brightest = [&](int from, int to) {
      int value = 0;
      for (int x = from; x < to; ++x) value = std::max(value, row(x));
      return value;
    };
    const auto darkest = [&](int from, int to) {
      int value = 255;
      for (int x = from; x < to; ++x) value = std::min(value, row(x));
      return value;
    };
    // The map is 1/2 between pixels 99 and 100, which share the line, and 3/4 some 23 further.
    EXPECT_GT(brightest(98, 102), 150) << level;
    EXPECT_LT(darkest(95, 100), 60) << level;
    EXPECT_LT(darkest(100, 105), 60) << level;
    EXPECT_GT(brightest(118, 126), 150) << level;
    for (const int x : {20, 60, 90, 110, 150, 190}) EXPECT_EQ(row(x), level) << x;
  }
}

TEST(Overlay, DrawsNoContourOnAFlatMap) {
  OverlayStyle style;
  const cv::Mat picture = plain(200, 100, {10, 200, 90});
  const std::vector<float> flat(6, 0.5f);
  const cv::Mat without = overlay(picture, flat, {2, 3}, {0, 0, 200, 100}, style);
  style.contour = true;
  EXPECT_TRUE(same(overlay(picture, flat, {2, 3}, {0, 0, 200, 100}, style), without));
}

TEST(Overlay, AcceptsAPartOfAnotherPicture) {
  cv::Mat whole(100, 150, CV_8UC3);
  cv::randu(whole, 0, 256);
  const cv::Mat before = whole.clone();
  const cv::Mat part = whole(cv::Rect(20, 30, 80, 60));
  const std::vector<float> map = marked({3, 4}, 1, 2);
  const SourceRect covered{5.5, -3, 60, 70};
  EXPECT_TRUE(same(overlay(part, map, {3, 4}, covered, {}),
                   overlay(part.clone(), map, {3, 4}, covered, {})));
  EXPECT_TRUE(same(whole, before));
}

TEST(Overlay, AcceptsNonFiniteValues) {
  const std::vector<float> map{std::nanf(""), kInfinity, -kInfinity, 1, 2, std::nanf("")};
  OverlayStyle style;
  style.contour = true;
  const cv::Mat out = overlay(plain(30, 20), map, {2, 3}, {0, 0, 30, 20}, style);
  EXPECT_EQ(out.size(), cv::Size(30, 20));
}

TEST(Overlay, RejectsInvalidArguments) {
  const cv::Mat picture = plain(30, 20);
  const std::vector<float> map(6, 1.0f);
  const SourceRect whole{0, 0, 30, 20};
  EXPECT_THROW(overlay({}, map, {2, 3}, whole, {}), std::invalid_argument);
  EXPECT_THROW(overlay(cv::Mat(20, 30, CV_8UC1), map, {2, 3}, whole, {}), std::invalid_argument);
  EXPECT_THROW(overlay(picture, map, {3, 3}, whole, {}), std::invalid_argument);
  EXPECT_THROW(overlay(picture, {}, {0, 0}, whole, {}), std::invalid_argument);
  EXPECT_THROW(overlay(picture, map, {2, 3}, {0, 0, 0, 20}, {}), std::invalid_argument);
  EXPECT_THROW(overlay(picture, map, {2, 3}, {std::nan(""), 0, 30, 20}, {}), std::invalid_argument);
  OverlayStyle style;
  style.alpha = 1.5;
  EXPECT_THROW(overlay(picture, map, {2, 3}, whole, style), std::invalid_argument);
}

TEST(Normalized, DividesByThePercentile) {
  std::vector<float> map;
  for (int i = 0; i <= 200; ++i) map.push_back(static_cast<float>(10 + i));
  std::swap(map[3], map[170]);
  const std::vector<float> out = normalized(map, 99);  // 208, of which 10 is the least value
  for (size_t i = 0; i < map.size(); ++i) {
    EXPECT_FLOAT_EQ(out[i], std::min((map[i] - 10) / 198, 1.0f));
  }
}

TEST(Normalized, InterpolatesBetweenRanks) {
  const std::vector<float> map{0, 4, 1, 3};
  // numpy.percentile([0, 4, 1, 3], 80) = 3.4
  EXPECT_FLOAT_EQ(normalized(map, 80)[2], static_cast<float>(1 / 3.4));
  EXPECT_FLOAT_EQ(normalized(map, 100)[2], 0.25f);
}

TEST(Normalized, FallsBackToTheLargestValue) {
  const std::vector<float> out = normalized(marked({14, 14}, 2, 2), 99);
  EXPECT_EQ(out[2 * 14 + 2], 1);
  EXPECT_EQ(std::count(out.begin(), out.end(), 0.0f), 195);
  const std::vector<float> small{0, 0.25f, 0.5f};
  EXPECT_EQ(normalized(small, 0), (std::vector<float>{0, 0.5f, 1}));
}

TEST(Normalized, MakesAFlatMapCold) {
  for (const float level : {0.0f, -7.0f, 1e30f}) {
    const std::vector<float> map(9, level);
    EXPECT_EQ(normalized(map, 99), std::vector<float>(9, 0.0f));
  }
  EXPECT_TRUE(normalized({}, 99).empty());
}

TEST(Normalized, IgnoresNonFiniteValues) {
  const std::vector<float> map{1, std::nanf(""), 3, kInfinity, 2, -kInfinity};
  EXPECT_EQ(normalized(map, 100), (std::vector<float>{0, 0, 1, 1, 0.5f, 0}));
  const std::vector<float> nothing{std::nanf(""), std::nanf("")};
  EXPECT_EQ(normalized(nothing, 99), (std::vector<float>{0, 0}));
}

TEST(Normalized, SpansTheWholeRangeOfFloats) {
  constexpr float kMost = std::numeric_limits<float>::max();
  const std::vector<float> wide{-kMost, 0, kMost};
  EXPECT_EQ(normalized(wide, 100), (std::vector<float>{0, 0.5f, 1}));
  constexpr float kLeast = std::numeric_limits<float>::denorm_min();
  const std::vector<float> narrow{0, kLeast};
  EXPECT_EQ(normalized(narrow, 100), (std::vector<float>{0, 1}));
}

TEST(Normalized, RejectsInvalidPercentiles) {
  const std::vector<float> map{1, 2};
  for (const double bad : {-1.0, 100.5, std::nan("")}) {
    EXPECT_THROW(normalized(map, bad), std::invalid_argument);
  }
}

TEST(GridRect, LeavesOutPixelsOfNoPatch) {
  // 230 x 250 pixels at 16 a patch: 14 x 15 whole patches, which cover 224 x 240.
  const SourceRect rect = grid_rect({-5, 7, 500, 460}, {230, 250}, {14, 15}, 16);
  EXPECT_DOUBLE_EQ(rect.x, -5);
  EXPECT_DOUBLE_EQ(rect.y, 7);
  EXPECT_DOUBLE_EQ(rect.width, 480);
  EXPECT_DOUBLE_EQ(rect.height, 448);
}

}  // namespace
}  // namespace saccade
