#include "app/predict/prepared_picture.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/shared_data.h"

namespace saccade {
namespace {

const std::string kPhoto = test::source_path("tests/samples/rocket.jpg");  // 640 x 427

PreparedPicture prepare(int64_t side, bool fast, std::vector<float>& pixels) {
  PreprocessRecipe recipe;
  recipe.resize_rule = ResizeRule::shortest_edge;
  recipe.resize = {side, side};
  recipe.crop = ImageSize{side, side};
  PredictionOptions options;
  options.max_pixels = 1'000'000;
  options.fast_decode = fast;
  pixels.resize(static_cast<size_t>(3 * side * side));
  return prepare_picture(ImageFile(kPhoto), recipe, options, pixels);
}

/// Half of 427 pixels, rounded up, is 214, which is twice 107.
TEST(PreparedPicture, FastDecodingLeavesTwiceWhatTheModelIsShown) {
  std::vector<float> pixels;
  EXPECT_EQ(prepare(107, true, pixels).rgb.rows, 214);
  EXPECT_EQ(prepare(108, true, pixels).rgb.rows, 427);
  EXPECT_EQ(prepare(1, true, pixels).rgb.rows, 54);
  EXPECT_EQ(prepare(107, false, pixels).rgb.rows, 427);
}

TEST(PreparedPicture, FastDecodingIsExactWhereThereIsNoRoom) {
  std::vector<float> exact, fast;
  prepare(108, false, exact);
  prepare(108, true, fast);
  EXPECT_EQ(fast, exact);
}

TEST(PreparedPicture, WhatIsSeenCountsInPixelsOfTheOriginal) {
  std::vector<float> exact, fast;
  const SourceRect whole = prepare(50, false, exact).seen;
  const SourceRect reduced = prepare(50, true, fast).seen;
  EXPECT_NE(fast, exact);
  EXPECT_EQ(reduced.x, whole.x);
  EXPECT_EQ(reduced.y, whole.y);
  EXPECT_EQ(reduced.width, whole.width);
  EXPECT_EQ(reduced.height, whole.height);
}

}  // namespace
}  // namespace saccade
