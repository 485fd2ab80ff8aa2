#include "vision/overlay/map_measures.h"

#include <gtest/gtest.h>

#include <vector>

namespace saccade {
namespace {

TEST(InInput, CarriesABoxThroughTheCrop) {
  // The middle 100 x 50 pixels of a picture, resized to 200 x 200.
  const Box box = in_input({60, 35, 110, 60}, {50, 25, 100, 50}, {200, 200});
  EXPECT_DOUBLE_EQ(box.x0, 20);
  EXPECT_DOUBLE_EQ(box.x1, 120);
  EXPECT_DOUBLE_EQ(box.y0, 40);
  EXPECT_DOUBLE_EQ(box.y1, 140);
}

// One pixel per value, so that the expected results can be counted.
TEST(MeasureMap, CountsPixels) {
  const std::vector<float> map{1, 1, 1, 1,  //
                               1, 5, 3, 1,  //
                               1, 1, 1, 1};
  const Box peak{1, 1, 2, 2};
  const MapMeasures found = measure_map(map, {3, 4}, {3, 4}, std::vector{peak});
  EXPECT_TRUE(found.pointing);
  EXPECT_DOUBLE_EQ(found.energy, 4.0 / 6);
  EXPECT_DOUBLE_EQ(found.rank_energy, 12.0 / (12 * 13 / 2));
  EXPECT_DOUBLE_EQ(found.iou, 0.5);  // 5 and 3 are over the mean

  const Box other{2, 1, 4, 3};
  const MapMeasures missed = measure_map(map, {3, 4}, {3, 4}, std::vector{other});
  EXPECT_FALSE(missed.pointing);
  EXPECT_DOUBLE_EQ(missed.energy, 2.0 / 6);
  EXPECT_DOUBLE_EQ(missed.iou, 1.0 / 5);

  const MapMeasures both = measure_map(map, {3, 4}, {3, 4}, std::vector{peak, other});
  EXPECT_DOUBLE_EQ(both.energy, 1);
}

TEST(MeasureMap, ABoxHoldsThePixelsThatItTouches) {
  const std::vector<float> map{0, 1, 0, 0};
  EXPECT_TRUE(measure_map(map, {1, 4}, {1, 4}, std::vector{Box{1.9, 0, 3, 1}}).pointing);
  EXPECT_FALSE(measure_map(map, {1, 4}, {1, 4}, std::vector{Box{2, 0, 3, 1}}).pointing);
  EXPECT_FALSE(measure_map(map, {1, 4}, {1, 4}, std::vector{Box{-9, -9, -1, -1}}).pointing);
  EXPECT_DOUBLE_EQ(measure_map(map, {1, 4}, {1, 4}, std::vector{Box{-9, -9, 99, 99}}).energy, 1);
}

// torch.nn.functional.interpolate([0, 4], size=4, mode="linear") is [0, 1, 3, 4].
TEST(MeasureMap, BringsTheMapToSizeBilinearly) {
  const std::vector<float> map{0, 4};
  const auto energy = [&](double x0, double x1) {
    return measure_map(map, {1, 2}, {1, 4}, std::vector{Box{x0, 0, x1, 1}}).energy;
  };
  EXPECT_DOUBLE_EQ(energy(0, 1), 0);
  EXPECT_DOUBLE_EQ(energy(1, 2), 1.0 / 8);
  EXPECT_DOUBLE_EQ(energy(2, 3), 3.0 / 8);
  EXPECT_DOUBLE_EQ(energy(3, 4), 4.0 / 8);
}

TEST(MeasureMap, AFlatMapHasTheBoxesShareOfPixels) {
  const MapMeasures found =
      measure_map(std::vector<float>(4, 2.0f), {2, 2}, {8, 8}, std::vector{Box{0, 0, 4, 4}});
  EXPECT_DOUBLE_EQ(found.energy, 0.25);
  EXPECT_DOUBLE_EQ(found.iou, 0);
}

}  // namespace
}  // namespace saccade
