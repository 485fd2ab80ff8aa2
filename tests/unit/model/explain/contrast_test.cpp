#include "model/explain/contrast.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

TEST(ContrastTarget, IsTheClassAgainstTheMeanOfItsRivals) {
  EXPECT_EQ(contrast_target(Values{1, 5, 3}, 2), (Values{-0.5f, -0.5f, 1}));
  EXPECT_EQ(contrast_target(Values{1, 5}, 1), (Values{-1, 1}));
  EXPECT_EQ(contrast_target(Values{7}, 0), Values{1});

  Values logits(50);
  std::iota(logits.begin(), logits.end(), 0.0f);
  const Values target = contrast_target(logits, 40);
  for (size_t i = 0; i < 50; ++i) {
    const float rival = i >= 29 ? -0.05f : 0.0f;  // the 20 highest others
    EXPECT_FLOAT_EQ(target[i], i == 40 ? 1 : rival) << i;
  }
}

TEST(MovePicture, RepeatsTheEdge) {
  const Values pixels{1,  2,  3,  //
                      4,  5,  6,  //
                      -1, -2, -3, -4, -5, -6};
  Values moved(pixels.size());
  move_picture(pixels, 2, {2, 3}, 1, moved);
  EXPECT_EQ(moved, (Values{1, 1, 2, 1, 1, 2, -1, -1, -2, -1, -1, -2}));
  move_picture(pixels, 2, {2, 3}, -1, moved);
  EXPECT_EQ(moved, (Values{5, 6, 6, 5, 6, 6, -5, -6, -6, -5, -6, -6}));
  move_picture(pixels, 2, {2, 3}, 0, moved);
  EXPECT_EQ(moved, pixels);
}

TEST(MoveMapBack, UndoesTheMove) {
  const Values map{0, 4,  //
                   8, 12};
  EXPECT_EQ(move_map_back(map, {2, 2}, 0), map);
  EXPECT_EQ(move_map_back(map, {2, 2}, 1), (Values{12, 12, 12, 12}));
  EXPECT_EQ(move_map_back(map, {2, 2}, -1), (Values{0, 0, 0, 0}));
  EXPECT_EQ(move_map_back(map, {2, 2}, 0.5), (Values{6, 8, 10, 12}));
  EXPECT_EQ(move_map_back(map, {2, 2}, -0.5), (Values{0, 2, 4, 6}));

  const Values wide{0, 4,  10,  //
                    8, 12, 30};
  EXPECT_EQ(move_map_back(wide, {2, 3}, 1), (Values{12, 30, 30, 12, 30, 30}));
  EXPECT_EQ(move_map_back(wide, {2, 3}, -1), (Values{0, 0, 4, 0, 0, 4}));
  EXPECT_EQ(move_map_back(wide, {2, 3}, -0.5), (Values{0, 2, 7, 4, 6, 14}));
}

TEST(GridPlacements, AreHalfAPatchApart) {
  EXPECT_EQ(grid_placements(16), (std::array<int64_t, 3>{0, 8, -8}));
  EXPECT_EQ(grid_placements(14), (std::array<int64_t, 3>{0, 7, -7}));
}

}  // namespace
}  // namespace saccade
