#include "model/layers/rope.h"

#include <gtest/gtest.h>

#include <array>

#include "model/layers/scaled_dot_product.h"
#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

constexpr int64_t kRows = 3;

struct Angles {
  Values cos, sin;  // [rows, columns], sines as rotate_rows() takes them
};

constexpr std::array kPairs{RopePairs::interleaved, RopePairs::rotate_half};

// The columns of pair `pair` of a row.
std::array<size_t, 2> columns_of(RopePairs pairs, size_t pair, size_t columns) {
  if (pairs == RopePairs::rotate_half) return {pair, pair + columns / 2};
  return {2 * pair, 2 * pair + 1};
}

Angles random_angles(int64_t rows, int64_t columns, RopePairs pairs) {
  Angles angles{Values(size_t(rows * columns)), Values(size_t(rows * columns))};
  const Values random = random_values(size_t(rows * columns / 2), 7, 2);
  for (size_t i = 0; i < random.size(); ++i) {
    const size_t row = i / size_t(columns / 2), start = row * size_t(columns);
    const auto [a, b] = columns_of(pairs, i % size_t(columns / 2), size_t(columns));
    angles.cos[start + a] = angles.cos[start + b] = std::cos(random[i]);
    angles.sin[start + a] = -std::sin(random[i]);
    angles.sin[start + b] = std::sin(random[i]);
  }
  return angles;
}

// Pairs turned one number at a time.
Values plain_rotation(const Values& x, size_t columns, RopePairs pairs, const Angles& by) {
  Values y(x.size());
  for (size_t start = 0; start < x.size(); start += columns) {
    for (size_t pair = 0; pair < columns / 2; ++pair) {
      auto [a, b] = columns_of(pairs, pair, columns);
      a += start;
      b += start;
      const double cos = by.cos[a], sin = by.sin[b];
      y[a] = float(x[a] * cos - x[b] * sin);
      y[b] = float(x[b] * cos + x[a] * sin);
    }
  }
  return y;
}

TEST(RotateRows, EqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for (const int64_t columns : {4, 8, 12, 20, 64, 88}) {
      const Values values = random_values(size_t(kRows * columns), unsigned(columns));
      for (const RopePairs pairs : kPairs) {
        const Angles angles = random_angles(kRows, columns, pairs);
        for (const FloatType type : kTypes) {
          const Guarded x(values, type);
          const Values wanted = plain_rotation(x.values(), size_t(columns), pairs, angles);
          rotate_rows(x, kRows, columns, columns, pairs, angles.cos.data(), angles.sin.data());
          EXPECT_LE(excess(x.values(), wanted, type, 3e-7), 1) << columns;
        }
      }
    }
  });
}

TEST(RotateRows, BackIsTheOppositeOnEveryTarget) {
  on_every_target([] {
    for (const int64_t columns : {4, 12, 64}) {
      const Values values = random_values(size_t(kRows * columns), unsigned(columns));
      for (const RopePairs pairs : kPairs) {
        const Angles angles = random_angles(kRows, columns, pairs);
        const Guarded x(values, FloatType::f32);
        rotate_rows(x, kRows, columns, columns, pairs, angles.cos.data(), angles.sin.data());
        rotate_rows_back(FloatView(x).f32(), kRows, columns, columns, pairs, angles.cos.data(),
                         angles.sin.data());
        EXPECT_LE(relative_difference(x.values(), values), 1e-6) << columns;
      }
    }
  });
}

// Places of other rows are left alone.
TEST(RotateRows, KeepsToItsColumns) {
  for (const RopePairs pairs : kPairs) {
    const Angles angles = random_angles(2, 4, pairs);
    Values x(14, 1);
    rotate_rows(x.data() + 1, 2, 4, 8, pairs, angles.cos.data(), angles.sin.data());
    for (const size_t other : {0, 5, 6, 7, 8, 13}) EXPECT_EQ(x[other], 1) << other;
    EXPECT_NE(x[1], 1);
    EXPECT_NE(x[9], 1);
  }
}

// Of queries and keys of patches that lie d places apart, products depend on d alone.
void expect_distances(const RopeSpec& angles) {
  VitDescription vit;
  vit.tokens.image = {16, 64};
  vit.tokens.patch = 16;
  vit.dim = 16;
  vit.attention.heads = 2;
  vit.attention.rope = angles;
  const int64_t T = vit.tokens.count(vit.tokens.image), d = vit.head_dim();  // 1 + 1 x 4
  Values qkv;
  const Values one = random_values(size_t(d), 1);
  for (int64_t row = 0; row < 3 * vit.attention.heads * T; ++row)
    qkv.insert(qkv.end(), one.begin(), one.end());
  Rope(vit, vit.tokens.image)(qkv.data(), {1, T, T});
  const HeadOffset place{vit.attention.heads, T, d};
  const auto product = [&](int64_t q, int64_t k) {
    double sum = 0;
    for (int64_t i = 0; i < d; ++i) {
      sum += double(qkv[size_t(place(HeadOffset::q, 0, 1) + q * d + i)]) *
             double(qkv[size_t(place(HeadOffset::k, 0, 1) + k * d + i)]);
    }
    return sum;
  };
  EXPECT_NEAR(product(1, 2), product(3, 4), 1e-5);
  EXPECT_NEAR(product(1, 3), product(2, 4), 1e-5);
  EXPECT_GT(std::abs(product(1, 2) - product(1, 3)), 1e-3);
  EXPECT_NEAR(product(0, 0), product(4, 4), 1e-5);
  for (int64_t i = 0; i < d; ++i) EXPECT_EQ(qkv[size_t(i)], one[size_t(i)]);  // the class token
  const Values v(qkv.begin() + place(HeadOffset::v, 0, 0),
                 qkv.begin() + place(HeadOffset::v, 0, 0) + d);
  EXPECT_EQ(v, one);
}

TEST(Rope, ProductsShowDistances) {
  expect_distances({});
  expect_distances({.coordinates = RopeCoordinates::centred,
                    .temperature = 100,
                    .pairs = RopePairs::rotate_half});
}

}  // namespace
}  // namespace saccade
