#include "model/rope.h"

#include <gtest/gtest.h>

#include "model/self_attention.h"
#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

constexpr int64_t kRows = 3;

struct Angles {
  Values cos, sin;  // [rows, columns], sines as rotate_rows() takes them
};

Angles random_angles(int64_t rows, int64_t columns) {
  Angles angles;
  for (const float angle : random_values(size_t(rows * columns / 2), 7, 2)) {
    angles.cos.insert(angles.cos.end(), 2, std::cos(angle));
    angles.sin.insert(angles.sin.end(), {-std::sin(angle), std::sin(angle)});
  }
  return angles;
}

// Pairs turned one number at a time.
Values plain_rotation(const Values& x, const Angles& by) {
  Values y;
  for (size_t i = 0; i < x.size(); i += 2) {
    const double a = x[i], b = x[i + 1], cos = by.cos[i], sin = by.sin[i + 1];
    y.insert(y.end(), {float(a * cos - b * sin), float(b * cos + a * sin)});
  }
  return y;
}

TEST(RotateRows, EqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for (const int64_t columns : {4, 8, 12, 20, 64, 88}) {
      const Angles angles = random_angles(kRows, columns);
      const Values values = random_values(size_t(kRows * columns), unsigned(columns));
      for (const NumberType type : kTypes) {
        const Guarded x(values, type);
        const Values wanted = plain_rotation(x.values(), angles);
        rotate_rows(x, kRows, columns, columns, angles.cos.data(), angles.sin.data());
        EXPECT_LE(excess(x.values(), wanted, type, 3e-7), 1) << columns;
      }
    }
  });
}

TEST(RotateRows, BackIsTheOppositeOnEveryTarget) {
  on_every_target([] {
    for (const int64_t columns : {4, 12, 64}) {
      const Angles angles = random_angles(kRows, columns);
      const Values values = random_values(size_t(kRows * columns), unsigned(columns));
      const Guarded x(values, NumberType::f32);
      rotate_rows(x, kRows, columns, columns, angles.cos.data(), angles.sin.data());
      rotate_rows_back(Numbers(x).f32(), kRows, columns, columns, angles.cos.data(),
                       angles.sin.data());
      EXPECT_LE(relative_difference(x.values(), values), 1e-6) << columns;
    }
  });
}

// Places of other rows are left alone.
TEST(RotateRows, KeepsToItsColumns) {
  const Angles angles = random_angles(2, 4);
  Values x(14, 1);
  rotate_rows(x.data() + 1, 2, 4, 8, angles.cos.data(), angles.sin.data());
  for (const size_t other : {0, 5, 6, 7, 8, 13}) EXPECT_EQ(x[other], 1) << other;
  EXPECT_NE(x[1], 1);
  EXPECT_NE(x[9], 1);
}

// Of queries and keys of patches that lie d places apart, products depend on d alone.
TEST(Rope, ProductsShowDistances) {
  VitDescription vit;
  vit.image = {16, 64};
  vit.patch = 16;
  vit.dim = 16;
  vit.heads = 2;
  vit.rope = true;
  const int64_t T = vit.tokens(vit.image), d = vit.head_dim();  // 1 + 1 x 4
  Values qkv;
  const Values one = random_values(size_t(d), 1);
  for (int64_t row = 0; row < 3 * vit.heads * T; ++row)
    qkv.insert(qkv.end(), one.begin(), one.end());
  Rope(vit, vit.image)(qkv.data(), {1, T, T});
  const HeadPlace place{vit.heads, T, d};
  const auto product = [&](int64_t q, int64_t k) {
    double sum = 0;
    for (int64_t i = 0; i < d; ++i) {
      sum += double(qkv[size_t(place(HeadPlace::q, 0, 1) + q * d + i)]) *
             double(qkv[size_t(place(HeadPlace::k, 0, 1) + k * d + i)]);
    }
    return sum;
  };
  EXPECT_NEAR(product(1, 2), product(3, 4), 1e-5);
  EXPECT_NEAR(product(1, 3), product(2, 4), 1e-5);
  EXPECT_GT(std::abs(product(1, 2) - product(1, 3)), 1e-3);
  EXPECT_NEAR(product(0, 0), product(4, 4), 1e-5);
  for (int64_t i = 0; i < d; ++i) EXPECT_EQ(qkv[size_t(i)], one[size_t(i)]);  // the class token
  const Values v(qkv.begin() + place(HeadPlace::v, 0, 0),
                 qkv.begin() + place(HeadPlace::v, 0, 0) + d);
  EXPECT_EQ(v, one);
}

}  // namespace
}  // namespace saccade
