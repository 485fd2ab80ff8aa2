#include "vision/overlay/colormap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <tuple>

namespace saccade {
namespace {

void expect_colour(const cv::Vec3b& colour, const cv::Vec3b& wanted) {
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(colour[c], wanted[c], 1) << "channel " << c;
}

TEST(Colormap, HasThePublishedEndsInRgbOrder) {
  expect_colour(colour_at(Colormap::turbo, 0), {48, 18, 59});
  expect_colour(colour_at(Colormap::turbo, 1), {122, 4, 3});
  expect_colour(colour_at(Colormap::viridis, 0), {68, 1, 84});
  expect_colour(colour_at(Colormap::viridis, 1), {253, 231, 37});
  expect_colour(colour_at(Colormap::inferno, 0), {0, 0, 4});
  expect_colour(colour_at(Colormap::inferno, 1), {252, 255, 164});
  expect_colour(colour_at(Colormap::jet, 0), {0, 0, 128});
  expect_colour(colour_at(Colormap::jet, 1), {128, 0, 0});
  expect_colour(colour_at(Colormap::gray, 0), {0, 0, 0});
  expect_colour(colour_at(Colormap::gray, 0.5), {128, 128, 128});
  expect_colour(colour_at(Colormap::gray, 1), {255, 255, 255});
}

TEST(Colormap, HasAGradualTable) {
  for (const Colormap map :
       {Colormap::turbo, Colormap::viridis, Colormap::inferno, Colormap::jet, Colormap::gray}) {
    const auto& colours = colours_of(map);
    std::set<std::tuple<int, int, int>> distinct;
    for (size_t i = 0; i < colours.size(); ++i) {
      distinct.insert({colours[i][0], colours[i][1], colours[i][2]});
      EXPECT_EQ(colour_at(map, static_cast<float>(i) / 255), colours[i]);
      for (int c = 0; i > 0 && c < 3; ++c) {
        EXPECT_LE(std::abs(colours[i][c] - colours[i - 1][c]), 8) << "entry " << i;
      }
    }
    EXPECT_GT(distinct.size(), 240u);
  }
}

TEST(Colormap, ClipsValuesOutsideOfTheRange) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto& colours = colours_of(Colormap::turbo);
  EXPECT_EQ(colour_at(Colormap::turbo, -3), colours[0]);
  EXPECT_EQ(colour_at(Colormap::turbo, -kInfinity), colours[0]);
  EXPECT_EQ(colour_at(Colormap::turbo, std::nanf("")), colours[0]);
  EXPECT_EQ(colour_at(Colormap::turbo, 1.5), colours[255]);
  EXPECT_EQ(colour_at(Colormap::turbo, kInfinity), colours[255]);
}

}  // namespace
}  // namespace saccade
