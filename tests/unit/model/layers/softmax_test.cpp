#include "model/layers/softmax.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

constexpr size_t kRows = 5;
constexpr float kScale = 0.125f;  // 1 / √64, as of heads of 64 columns
// e^x is off by about 1e-7 (1 + |x|) of itself, most of the largest probability where x is small;
// the rest is for the sum and the division.
constexpr double kTolerance = 1e-6;
constexpr float kLargest = std::numeric_limits<float>::max();

Values plain_softmax(const Values& x, size_t columns, double scale) {
  Values p;
  for (size_t row = 0; row < x.size(); row += columns) {
    double most = -INFINITY, sum = 0;
    for (size_t i = 0; i < columns; ++i) most = std::max(most, double(x[row + i]));
    const auto power = [&](size_t i) { return std::exp(scale * (double(x[row + i]) - most)); };
    for (size_t i = 0; i < columns; ++i) sum += power(i);
    for (size_t i = 0; i < columns; ++i) p.push_back(float(power(i) / sum));
  }
  return p;
}

// dx for p = softmax(scale * x), by its formula.
Values plain_backward(const Values& p, const Values& dp, size_t columns, double scale) {
  Values dx;
  for (size_t row = 0; row < p.size(); row += columns) {
    double sum = 0;
    for (size_t i = 0; i < columns; ++i) sum += double(p[row + i]) * double(dp[row + i]);
    for (size_t i = 0; i < columns; ++i) {
      dx.push_back(float(scale * double(p[row + i]) * (double(dp[row + i]) - sum)));
    }
  }
  return dx;
}

// Numerators times their rows' factors.
Values multiplied(const Values& numerators, const Values& factors) {
  Values p;
  const size_t columns = numerators.size() / factors.size();
  for (size_t i = 0; i < numerators.size(); ++i) p.push_back(numerators[i] * factors[i / columns]);
  return p;
}

// In place, all of softmax.
void softmax_rows(float* x, int64_t rows, int64_t columns, float scale) {
  Values factors(size_t(rows), NAN);
  softmax_numerators(x, rows, columns, scale, x, factors.data());
  for (int64_t i = 0; i < rows * columns; ++i) x[i] *= factors[size_t(i / columns)];
}

// Calls body(columns, x) for rows of every size, flat and steep.
template <typename Body>
void for_scores(const Body& body) {
  for (const size_t columns : kSizes) {
    for (const float deviation : {0.1f, 8.0f, 400.0f}) {
      SCOPED_TRACE(testing::Message() << columns << " columns, deviation " << deviation);
      body(columns, random_values(kRows * columns, unsigned(columns), deviation));
    }
  }
}

TEST(Softmax, EqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for_scores([](size_t columns, const Values& scores) {
      const Values wanted = plain_softmax(scores, columns, double(kScale));
      for (const FloatType type : kTypes) {
        const Guarded x(scores, FloatType::f32), to(scores.size(), type);
        Values factors(kRows, NAN);
        softmax_numerators(FloatView(x).f32(), kRows, int64_t(columns), kScale, to, factors.data());
        EXPECT_LE(excess(multiplied(to.values(), factors), wanted, type, kTolerance), 1);
        EXPECT_EQ(x.values(), scores);
      }
    });
  });
}

TEST(Softmax, WorksInPlaceOnEveryTarget) {
  on_every_target([] {
    for_scores([](size_t columns, const Values& scores) {
      const Values wanted = plain_softmax(scores, columns, double(kScale));
      for (const FloatType type : kTypes) {
        const Guarded x(scores, FloatType::f32);
        const FloatView to(FloatView(x).data(), type);
        Values factors(kRows, NAN);
        softmax_numerators(FloatView(x).f32(), kRows, int64_t(columns), kScale, to, factors.data());
        EXPECT_LE(excess(multiplied(read(to, scores.size()), factors), wanted, type, kTolerance),
                  1);
        x.values();  // nothing written outside
      }
    });
  });
}

TEST(Softmax, ScalesAndAddsOnEveryTarget) {
  on_every_target([] {
    for (const size_t count : kSizes) {
      const Values scores = random_values(count, 1, 8), bias = random_values(count, 2);
      Values wanted;
      for (size_t i = 0; i < count; ++i) {
        wanted.push_back(float(double(scores[i]) * double(kScale) + double(bias[i])));
      }
      const Guarded x(scores, FloatType::f32);
      scale_and_add(FloatView(x).f32(), int64_t(count), kScale, bias.data());
      EXPECT_LE(relative_difference(x.values(), wanted), 2e-7);
    }
  });
}

TEST(Softmax, EqualScoresShareEquallyHoweverLarge) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const float score : {0.0f, -0.0f, 1e-40f, 5e4f, -5e4f, 3e38f, -3e38f}) {
        Values x(columns, score);
        softmax_rows(x.data(), 1, int64_t(columns), 1);
        const Values wanted(columns, float(1 / double(columns)));
        EXPECT_LE(relative_difference(x, wanted), 2e-7) << columns << " of " << score;
      }
    }
  });
}

// The largest in every place: a vector may hold it first, last or twice.
TEST(Softmax, TheLargestScoreTakesAll) {
  on_every_target([] {
    for (const auto& [low, high] :
         {std::pair(-kLargest, kLargest), std::pair(-1e30f, 1e30f), std::pair(-200.0f, 200.0f),
          std::pair(1e6f, 2e6f), std::pair(-2e6f, -1e6f)}) {
      for (const size_t columns : {size_t{3}, size_t{16}, size_t{17}, size_t{63}}) {
        for (size_t place = 0; place < columns; ++place) {
          Values x(columns, low), wanted(columns, 0);
          x[place] = high;
          wanted[place] = 1;
          softmax_rows(x.data(), 1, int64_t(columns), 1);
          EXPECT_EQ(x, wanted) << place << " of " << columns;
        }
      }
    }
  });
}

// The ratio of two probabilities is e^x. Rounding x log2(e) and that constant costs 0.75e-7 |x|,
// exp_of's polynomial and the two divisions 1e-7 each. Near -87 it leaves the normal numbers of
// f32, and from there on it is 0, without a jump.
TEST(Softmax, RatiosArePowersDownToZero) {
  constexpr auto kLeast = double(std::numeric_limits<float>::min());
  on_every_target([] {
    for (float below = 0; below > -120; below -= 1.0f / 128) {
      Values x{0, below};
      softmax_rows(x.data(), 1, 2, 1);
      const double wanted = std::exp(double(below));
      const double error = 1e-7 * (2 - 0.75 * double(below));
      ASSERT_NEAR(double(x[1]) / double(x[0]), wanted, error * wanted + kLeast) << below;
      EXPECT_TRUE(below > -88 || x[1] == 0) << below;
    }
  });
}

TEST(Softmax, BackwardEqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      // Any p will do. Rows of 1 would leave nothing to compare if their p were 1.
      Values p = random_values(kRows * columns, unsigned(columns));
      for (float& value : p) value = std::abs(value) / float(columns);
      const Guarded dp(random_values(kRows * columns, 1), FloatType::f32);
      const Values wanted = plain_backward(p, dp.values(), columns, double(kScale));
      softmax_backward(p.data(), kRows, int64_t(columns), kScale, FloatView(dp).f32());
      EXPECT_LE(relative_difference(dp.values(), wanted), 2e-6) << columns;
    }
  });
}

// Σ dx = 0: what is added to all scores changes nothing.
TEST(Softmax, BackwardOfProbabilitiesSumsToZero) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      const Values p = plain_softmax(random_values(columns, 1), columns, 1);
      Values dp = random_values(columns, 2);
      softmax_backward(p.data(), 1, int64_t(columns), 1, dp.data());
      double sum = 0;
      for (const float value : dp) sum += double(value);
      EXPECT_NEAR(sum, 0, 2e-6) << columns;
    }
  });
}

}  // namespace
}  // namespace saccade
