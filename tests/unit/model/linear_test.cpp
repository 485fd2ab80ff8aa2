#include "model/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

// 70 columns in and 37 out: no multiple of any vector or block.
constexpr int64_t kIn = 70, kOut = 37;

class LinearTest : public testing::Test {
 protected:
  Values weight = random_values(kOut * kIn, 1, 0.2f);
  Values bias = random_values(kOut, 2);
  Runtime runtime;
};

TEST_F(LinearTest, EqualsPlainLoopsForAnyNumberOfRows) {
  Linear linear(runtime, "layer", kIn, kOut, 197, {}, {weight, bias});
  for (int64_t rows : {197, 1, 5, 64, 394}) {
    const Values x = random_values(size_t(rows * kIn), unsigned(rows));
    Values y(size_t(rows * kOut), NAN);
    linear(x.data(), rows, y.data());
    EXPECT_LE(relative_difference(y, plain_linear(x, weight, bias, rows, kIn, kOut)), 2e-6) << rows;
  }
}

TEST_F(LinearTest, WorksWithoutBias) {
  Linear linear(runtime, "layer", kIn, kOut, 3, {}, {weight, {}});
  const Values x = random_values(3 * kIn, 3);
  Values y(3 * kOut, NAN);
  linear(x.data(), 3, y.data());
  EXPECT_LE(relative_difference(y, plain_linear(x, weight, {}, 3, kIn, kOut)), 2e-6);
}

TEST_F(LinearTest, AccumulatesIntoTheResidual) {
  Linear linear(runtime, "layer", kIn, kOut, 9, {.accumulate = true}, {weight, bias});
  const Values x = random_values(9 * kIn, 4);
  Values y = random_values(9 * kOut, 5);
  Values wanted = plain_linear(x, weight, bias, 9, kIn, kOut);
  std::transform(wanted.begin(), wanted.end(), y.begin(), wanted.begin(), std::plus<>());
  linear(x.data(), 9, y.data());
  EXPECT_LE(relative_difference(y, wanted), 2e-6);
}

// Formulas of transformers' activations.py, in double.
double reference(Activation activation, double x) {
  switch (activation) {
    case Activation::gelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::gelu_tanh:
      return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Activation::quick_gelu:
      return x / (1 + std::exp(-1.702 * x));
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::relu:
      return std::max(x, 0.0);
  }
  return NAN;
}

TEST_F(LinearTest, AppliesEveryActivation) {
  for (Activation activation : {Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu,
                                Activation::silu, Activation::relu}) {
    Linear linear(runtime, "layer", kIn, kOut, 50, {.activation = activation}, {weight, bias});
    const Values x = random_values(50 * kIn, 6);
    Values y(50 * kOut, NAN), wanted = plain_linear(x, weight, bias, 50, kIn, kOut);
    for (float& value : wanted) value = float(reference(activation, double(value)));
    linear(x.data(), 50, y.data());
    EXPECT_LE(relative_difference(y, wanted), 2e-6) << name_of(activation);
  }
}

TEST_F(LinearTest, BackwardMultipliesByTheTransposedWeights) {
  Linear linear(runtime, "layer", kIn, kOut, 9, {.activation = Activation::gelu}, {weight, bias});
  linear.scale(0.5f);
  Values transposed(weight.size());  // [in, out], as plain_linear takes weights
  for (int64_t o = 0; o < kOut; ++o) {
    for (int64_t i = 0; i < kIn; ++i) {
      transposed[size_t(i * kOut + o)] = weight[size_t(o * kIn + i)] / 2;
    }
  }
  linear.prepare_backward(9);
  for (int64_t rows : {9, 1, 197}) {
    const Values dy = random_values(size_t(rows * kOut), unsigned(rows));
    Values dx(size_t(rows * kIn), NAN);
    linear.backward(dy.data(), rows, dx.data());
    Values wanted = plain_linear(dy, transposed, {}, rows, kOut, kIn);
    EXPECT_LE(relative_difference(dx, wanted), 2e-6) << rows;
    linear.backward(dy.data(), rows, dx.data(), /*accumulate=*/true);
    for (float& value : wanted) value *= 2;
    EXPECT_LE(relative_difference(dx, wanted), 2e-6) << rows;
  }
}

TEST_F(LinearTest, ProductLeavesOutTheActivation) {
  Linear linear(runtime, "layer", kIn, kOut, 9, {.activation = Activation::relu}, {weight, bias});
  const Values x = random_values(9 * kIn, 8);
  Values y(9 * kOut, NAN);
  linear.product(x.data(), 9, y.data());
  EXPECT_LE(relative_difference(y, plain_linear(x, weight, bias, 9, kIn, kOut)), 2e-6);
}

TEST_F(LinearTest, ListsAPrimitiveForEachNumberOfRows) {
  Linear linear(runtime, "layer", kIn, kOut, 8, {}, {weight, bias});
  const Values x = random_values(2 * kIn, 7);
  Values y(2 * kOut);
  linear(x.data(), 2, y.data());
  linear(x.data(), 2, y.data());
  std::vector<PrimitiveInfo> list;
  linear.list_primitives(list);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].layer, "layer [8, 70] -> [8, 37]");
  EXPECT_EQ(list[1].layer, "layer [2, 70] -> [2, 37]");
}

}  // namespace
}  // namespace saccade
