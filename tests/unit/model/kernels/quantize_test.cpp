#include "model/kernels/quantize.h"

#include <gtest/gtest.h>

#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

constexpr size_t kRows = 5;
// Half a step, and the roundings in f32 of x / scale + zero, which may be 255.
constexpr double kHalf = 0.5 + 1e-4;

struct Quantized {
  std::vector<uint8_t> u;
  std::vector<RowQuantization> codes;

  // What the integers stand for.
  double operator()(size_t row, size_t column) const {
    const RowQuantization& code = codes[row];
    const int integer = u[row * (u.size() / codes.size()) + column];
    return double(code.scale) * (integer - double(code.zero_point));
  }
};

Quantized quantized(FloatView x, size_t rows, size_t columns) {
  Quantized q{std::vector<uint8_t>(rows * columns), std::vector<RowQuantization>(rows, {NAN, NAN})};
  quantize_rows(x, int64_t(rows), int64_t(columns), {q.u.data(), q.codes.data()});
  return q;
}

Quantized quantized(Values x, size_t rows) { return quantized(x.data(), rows, x.size() / rows); }

// Each row by itself: 256 steps from the least to the greatest of its values and 0, which is one
// of them; no value more than half a step off.
void expect_half_steps(const Quantized& q, const Values& x) {
  const size_t columns = x.size() / q.codes.size();
  for (size_t row = 0; row < q.codes.size(); ++row) {
    double least = 0, greatest = 0;
    for (size_t i = 0; i < columns; ++i) {
      least = std::min(least, double(x[row * columns + i]));
      greatest = std::max(greatest, double(x[row * columns + i]));
    }
    const auto [scale, zero] = q.codes[row];
    EXPECT_NEAR(scale, (greatest - least) / 255, 2e-7 * (greatest - least) / 255);
    EXPECT_EQ(zero, std::round(zero));
    EXPECT_GE(zero, 0);
    EXPECT_LE(zero, 255);
    for (size_t i = 0; i < columns; ++i) {
      ASSERT_NEAR(q(row, i), x[row * columns + i], kHalf * double(scale)) << row << ", " << i;
    }
  }
}

TEST(QuantizeRows, IsHalfAStepOffAtMostOnEveryTarget) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const FloatType type : kTypes) {
        // Around 0, and on either side of it.
        for (const float shift : {0.0f, 1.5f, -1.5f, 20.0f, -20.0f}) {
          SCOPED_TRACE(testing::Message() << columns << " columns around " << shift);
          Values values = random_values(kRows * columns, unsigned(columns));
          for (float& value : values) value += shift;
          const Guarded x(values, type);
          expect_half_steps(quantized(x, kRows, columns), x.values());
        }
      }
    }
  });
}

// The least and the greatest value in every place: a vector may hold them, or what is left over.
TEST(QuantizeRows, SeesEveryColumn) {
  on_every_target([] {
    for (const size_t columns : {size_t{3}, size_t{17}, size_t{63}}) {
      for (size_t place = 0; place < columns; ++place) {
        Values x = random_values(columns, 1, 0.1f);
        x[place] = 8;
        x[(place + 1) % columns] = -4;
        expect_half_steps(quantized(x, 1), x);
      }
    }
  });
}

TEST(QuantizeRows, WritesNothingElse) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      std::vector<uint8_t> u(kRows * columns + 64, 77);
      std::vector<RowQuantization> codes(kRows + 1, {-1, -1});
      Values x = random_values(kRows * columns, 1);
      quantize_rows(x.data(), kRows, int64_t(columns), {u.data(), codes.data()});
      for (size_t i = kRows * columns; i < u.size(); ++i) ASSERT_EQ(u[i], 77) << columns;
      EXPECT_EQ(codes.back().scale, -1);
    }
  });
}

TEST(QuantizeRows, ZeroIsExact) {
  on_every_target([] {
    for (const float end : {0.001f, 1.0f, -1.0f, 300.0f}) {
      for (size_t columns : kSizes) {
        Values x = random_values(columns, 3, end);
        for (size_t i = 0; i < columns; i += 2) x[i] = i % 4 == 0 ? 0.0f : -0.0f;
        const Quantized q = quantized(x, 1);
        for (size_t i = 0; i < columns; i += 2) EXPECT_EQ(q(0, i), 0) << i << " of " << columns;
      }
    }
  });
}

TEST(QuantizeRows, ZerosAloneStayZero) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const FloatType type : kTypes) {
        const Guarded x(Values(2 * columns, 0), type);
        const Quantized q = quantized(x, 2, columns);
        for (size_t i = 0; i < 2 * columns; ++i) EXPECT_EQ(q(i / columns, i % columns), 0);
      }
    }
  });
}

// The range of a constant row ends in 0, so that both are exact but for the scale's own rounding.
TEST(QuantizeRows, ConstantRowsAreKept) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const float value : {2.5f, -2.5f, 1e-3f, 7e8f, -1e-20f}) {
        const Quantized q = quantized(Values(columns, value), 1);
        for (size_t i = 0; i < columns; ++i) {
          EXPECT_NEAR(q(0, i), value, 2e-7 * std::abs(double(value)));
        }
      }
    }
  });
}

TEST(QuantizeRows, AnOutlierCostsOnlyItsOwnRow) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      const Values x = random_values(kRows * columns, unsigned(columns));
      Values with = x;
      with[2 * columns + columns / 2] = -4000;
      const Quantized q = quantized(x, kRows), p = quantized(with, kRows);
      expect_half_steps(p, with);
      for (size_t row : {0u, 1u, 3u, 4u}) {
        EXPECT_EQ(p.codes[row].scale, q.codes[row].scale);
        EXPECT_EQ(p.codes[row].zero_point, q.codes[row].zero_point);
        for (size_t i = 0; i < columns; ++i) EXPECT_EQ(p(row, i), q(row, i));
      }
    }
  });
}

TEST(QuantizeChannel, IsHalfAStepOffAtMostOnEveryTarget) {
  on_every_target([] {
    for (const size_t count : kSizes) {
      for (const int limit : {127, 63}) {
        SCOPED_TRACE(testing::Message() << count << " weights up to " << limit);
        const Values w = random_values(count, unsigned(count), 0.05f);
        double largest = 0, squares = 0, errors = 0;
        for (const float value : w) largest = std::max(largest, std::abs(double(value)));
        std::vector<int8_t> s(count + 64, 99);
        SquaredError error;
        const float scale = quantize_channel(w, limit, s.data(), error);
        EXPECT_NEAR(scale, largest / limit, 2e-7 * largest / limit);
        for (size_t i = 0; i < count; ++i) {
          ASSERT_LE(std::abs(s[i]), limit);
          const double off = double(scale) * s[i] - double(w[i]);
          ASSERT_LE(std::abs(off), kHalf * double(scale)) << i;
          errors += off * off;
          squares += double(w[i]) * double(w[i]);
        }
        for (size_t i = count; i < s.size(); ++i) ASSERT_EQ(s[i], 99) << "written outside";
        // Summed up in f32, of differences that are known to 1e-7 of a weight.
        EXPECT_NEAR(error.values, squares, 2e-6 * squares);
        EXPECT_NEAR(error.errors, errors, 2e-5 * errors + 1e-14 * squares);
      }
    }
  });
}

// The largest weight is exact, on both sides; halves go to the even neighbour.
TEST(QuantizeChannel, RoundsToTheNearestWithinTheLimit) {
  on_every_target([] {
    for (const int limit : {127, 63}) {
      const auto end = float(limit);
      const Values w{end, -end, 0, -0.0f, 0.5f, 1.5f, -0.5f, -1.5f, 2.4f, -2.6f, end - 0.4f};
      std::vector<int8_t> s(w.size());
      SquaredError error;
      EXPECT_EQ(quantize_channel(w, limit, s.data(), error), 1);
      const auto last = int8_t(limit);
      EXPECT_EQ(s, (std::vector<int8_t>{last, int8_t(-last), 0, 0, 0, 2, 0, -2, 2, -3, last}));
    }
  });
}

TEST(QuantizeChannel, ZerosLoseNothing) {
  on_every_target([] {
    for (const size_t count : kSizes) {
      std::vector<int8_t> s(count, 99);
      SquaredError error;
      const float scale = quantize_channel(Values(count, 0), 127, s.data(), error);
      EXPECT_TRUE(std::isfinite(scale));
      EXPECT_EQ(s, std::vector<int8_t>(count, 0));
      EXPECT_EQ(error.errors, 0);
      EXPECT_EQ(error.relative(), 0);
    }
  });
}

TEST(SquaredError, AddsUpChannels) {
  const Values first = random_values(64, 1), second = random_values(64, 2, 3);
  std::vector<int8_t> s(64);
  SquaredError a, b, both;
  quantize_channel(first, 63, s.data(), a);
  quantize_channel(first, 63, s.data(), both);
  quantize_channel(second, 63, s.data(), b);
  quantize_channel(second, 63, s.data(), both);
  EXPECT_EQ(both.errors, a.errors + b.errors);
  EXPECT_EQ(both.values, a.values + b.values);
}

TEST(SquaredError, IsRelativeToTheSizeOfTheValues) {
  EXPECT_EQ((SquaredError{4, 64}.relative()), 0.25);
  EXPECT_EQ(SquaredError{}.relative(), 0);
  for (const double unknown : {double(NAN), double(INFINITY)}) {
    EXPECT_FALSE((SquaredError{1, unknown}.relative() <= 1));
    EXPECT_FALSE((SquaredError{unknown, unknown}.relative() <= 1));
  }
}

// Steps are 255 over the range of a row and 127 over the largest of a channel: normal values lose
// about 1 in 100, a limit of 63 doubles that.
TEST(SquaredError, FewerStepsCostMore) {
  const Values w = random_values(770, 1);
  std::vector<int8_t> s(w.size());
  SquaredError fine, coarse;
  quantize_channel(w, 127, s.data(), fine);
  quantize_channel(w, 63, s.data(), coarse);
  EXPECT_NEAR(fine.relative(), 0.0075, 0.0025);
  EXPECT_NEAR(coarse.relative() / fine.relative(), 127.0 / 63, 0.1);
}

// The result for such a row must not look like finite values.
TEST(Quantize, WhatIsNotFiniteIsNotLost) {
  on_every_target([] {
    for (const float bad : {float(NAN), float(INFINITY), -float(INFINITY)}) {
      for (size_t place : {0u, 2u, 16u}) {
        Values x(17, 1.0f);
        x[place] = bad;
        std::vector<uint8_t> u(17);
        RowQuantization code;
        quantize_rows(x.data(), 1, 17, {u.data(), &code});
        EXPECT_FALSE(std::isfinite(code.scale)) << bad << " at " << place;
        std::vector<int8_t> s(17);
        SquaredError error;
        EXPECT_FALSE(std::isfinite(quantize_channel(x, 127, s.data(), error))) << bad;
        EXPECT_FALSE(error.relative() <= 1) << bad;
      }
    }
  });
}

TEST(QuantizeRows, WhatIsNearlyNothingIsNothing) {
  on_every_target([] {
    for (const float tiny : {1e-31f, 1e-37f, 1e-44f}) {
      Values x{tiny, 0, -tiny, 0};
      std::vector<uint8_t> u(4, 7);
      RowQuantization code;
      quantize_rows(x.data(), 1, 4, {u.data(), &code});
      EXPECT_EQ(u, std::vector<uint8_t>(4, 0)) << tiny;
      EXPECT_EQ(code.zero_point, 0);
      std::vector<int8_t> s(4, 7);
      SquaredError error;
      quantize_channel(x, 63, s.data(), error);
      EXPECT_EQ(s, std::vector<int8_t>(4, 0)) << tiny;
    }
  });
}

}  // namespace
}  // namespace saccade
