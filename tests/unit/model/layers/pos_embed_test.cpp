#include "model/layers/pos_embed.h"

#include <gtest/gtest.h>

#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using test::Values;

const Values kTable{1, -2, 3, 0.5f, 0, 4, -1, 2, 2.5f, 1, 0, -3};  // 3 x 4, one column
constexpr ImageSize kGrid{3, 4};

struct Case {
  PosEmbedResize kind;
  ImageSize size;
  Values wanted;  // torch.nn.functional.interpolate(..., mode=..., align_corners=...)
};

TEST(PosEmbed, EqualsTorch) {
  for (const Case& c : {
           Case{PosEmbedResize::bicubic,
                {5, 6},
                {1.41475f,   -1.29875f, -1.98681f, 2.727727f,  2.42875f,  0.093153f,
                 0.422278f,  0.41f,     0.671984f, 1.252808f,  1.487f,    1.447729f,
                 -0.347222f, 2.46875f,  3.577546f, -0.47338f,  0.03125f,  2.260417f,
                 1.359215f,  2.33375f,  2.229984f, -0.162692f, -1.12075f, -0.975958f,
                 2.916042f,  1.78375f,  0.509634f, 0.459616f,  -1.74975f, -3.790417f}},
           Case{PosEmbedResize::bicubic, {2, 2}, {-0.167969f, 1.780273f, 2.106201f, -1.30249f}},
           Case{PosEmbedResize::bicubic,
                {3, 2},
                {-0.96875f, 2.21875f, 2.46875f, 0.03125f, 1.84375f, -1.59375f}},
           Case{PosEmbedResize::bicubic_antialias,
                {5, 6},
                {1.307596f,  -0.923418f, -1.930577f, 2.73705f,   2.097114f,  0.19501f,
                 0.556952f,  0.319579f,  0.383128f,  1.408176f,  1.469491f,  1.230116f,
                 -0.263157f, 2.176471f,  3.594908f,  -0.525463f, 0.294118f,  2.197369f,
                 1.529508f,  2.095478f,  2.028235f,  -0.140539f, -1.041265f, -1.221819f,
                 2.814672f,  1.828524f,  0.618689f,  0.337155f,  -1.793563f, -3.604518f}},
           Case{PosEmbedResize::bicubic_antialias,
                {2, 2},
                {0.494415f, 1.283652f, 1.760748f, -0.564511f}},
           Case{PosEmbedResize::bicubic_antialias,
                {3, 2},
                {-0.117769f, 1.328512f, 1.640496f, 0.938017f, 1.716942f, -1.349174f}},
           Case{
               PosEmbedResize::bilinear, {5, 6}, {1,    -0.5f, -1.166667f, 2.166667f,   1.75f, 0.5f,
                                                  0.6f, 0.5f,  0.5666667f, 1.233333f,   1.25f, 1.1f,
                                                  0,    2,     3.166667f,  -0.1666667f, 0.5f,  2,
                                                  1.5f, 1.85f, 1.766667f,  0.03333333f, -0.7f, -1,
                                                  2.5f, 1.75f, 0.8333333f, 0.1666667f,  -1.5f, -3}},
           Case{PosEmbedResize::bilinear, {2, 2}, {0.125f, 1.4375f, 1.8125f, -1}},
           Case{PosEmbedResize::bilinear_corners,
                {5, 6},
                {1,    -0.8f, -1,    2,     2,    0.5f, 0.5f, 0.8f, 1,     1,
                 1.1f, 1.25f, 0,     2.4f,  3,    -0,   0.2f, 2,    1.25f, 2,
                 1.9f, 0.1f,  -0.5f, -0.5f, 2.5f, 1.6f, 0.8f, 0.2f, -1.2f, -3}},
           Case{PosEmbedResize::bilinear_corners, {2, 2}, {1, 0.5f, 2.5f, -3}},
           Case{PosEmbedResize::bilinear_corners, {1, 3}, {1, 0.5f, 0.5f}},
       }) {
    const Values found = resize_pos_embed(kTable, kGrid, c.size, 1, c.kind);
    EXPECT_LE(test::relative_difference(found, c.wanted), 1e-6)
        << name_of(c.kind) << " " << c.size.height << "x" << c.size.width;
  }
}

// Of a table for patches 2 down and 3 across, timm's resize_rel_pos_bias_table.
TEST(PosEmbed, EqualsTimmInGeometricSteps) {
  const Values table{1, -2, 3, 0.5f, 0, 4, -1, 2, 2.5f, 1, 0, -3, 1.5f, -0.5f, 2};  // 3 x 5
  for (const auto& [size, wanted] :
       {std::pair(ImageSize{5, 3},
                  Values{-2, 3, 0.5f, -2, 3, 0.5f, -1, 2, 2.5f, -3, 1.5f, -0.5f, -3, 1.5f, -0.5f}),
        {ImageSize{1, 7}, Values{4, 2.333335f, -1, 2, 2.5f, 1.499999f, 1}},
        {ImageSize{7, 7},
         Values{1, 0,  -2, 3,    0.5f,  0.1666664f, 0, 1, 0,         -2, 3,    0.5f,  0.1666664f, 0,
                1, 0,  -2, 3,    0.5f,  0.1666664f, 0, 4, 2.333335f, -1, 2,    2.5f,  1.499999f,  1,
                0, -1, -3, 1.5f, -0.5f, 1.166668f,  2, 0, -1,        -3, 1.5f, -0.5f, 1.166668f,  2,
                0, -1, -3, 1.5f, -0.5f, 1.166668f,  2}}}) {
    const Values found = resize_pos_embed(table, {3, 5}, size, 1, PosEmbedResize::geometric);
    EXPECT_LE(test::relative_difference(found, wanted), 2e-6) << size.height << "x" << size.width;
  }
}

TEST(PosEmbed, ColumnsDoNotMix) {
  Values two;  // the table and its negative, side by side
  for (float value : kTable) two.insert(two.end(), {value, -value});
  for (PosEmbedResize kind : {PosEmbedResize::bicubic, PosEmbedResize::bicubic_antialias}) {
    const Values one = resize_pos_embed(kTable, kGrid, {2, 7}, 1, kind);
    const Values both = resize_pos_embed(two, kGrid, {2, 7}, 2, kind);
    ASSERT_EQ(both.size(), 2 * one.size());
    for (size_t i = 0; i < one.size(); ++i) {
      EXPECT_EQ(both[2 * i], one[i]);
      EXPECT_EQ(both[2 * i + 1], -one[i]);
    }
  }
}

}  // namespace
}  // namespace saccade
