#include "model/layers/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "model/kernels/convert.h"
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
  Linear linear(runtime, "layer", {kIn, kOut}, 197, {}, {weight, bias}, Precision::f32);
  for (int64_t rows : {197, 1, 5, 64, 394}) {
    Values x = random_values(size_t(rows * kIn), unsigned(rows));
    Values y(size_t(rows * kOut), NAN);
    linear(x.data(), rows, y.data(), runtime);
    EXPECT_LE(relative_difference(y, plain_linear(x, weight, bias, rows, kIn, kOut)), 2e-6) << rows;
  }
}

TEST_F(LinearTest, WorksWithoutBias) {
  Linear linear(runtime, "layer", {kIn, kOut}, 3, {}, {weight, {}}, Precision::f32);
  Values x = random_values(3 * kIn, 3);
  Values y(3 * kOut, NAN);
  linear(x.data(), 3, y.data(), runtime);
  EXPECT_LE(relative_difference(y, plain_linear(x, weight, {}, 3, kIn, kOut)), 2e-6);
}

TEST_F(LinearTest, AccumulatesIntoTheResidual) {
  Linear linear(runtime, "layer", {kIn, kOut}, 9, {.accumulate = true}, {weight, bias},
                Precision::f32);
  Values x = random_values(9 * kIn, 4);
  Values y = random_values(9 * kOut, 5);
  Values wanted = plain_linear(x, weight, bias, 9, kIn, kOut);
  std::transform(wanted.begin(), wanted.end(), y.begin(), wanted.begin(), std::plus<>());
  linear(x.data(), 9, y.data(), runtime);
  EXPECT_LE(relative_difference(y, wanted), 2e-6);
}

// By torch 2.15 with transformers' ACT2FN, in f32.
TEST(PlainActivation, EqualsTorch) {
  constexpr double x[] = {-4, -2, -1, -0.5, 0.25, 1, 2.5, 4};
  const std::pair<Activation, std::vector<double>> torch[] = {
      {Activation::gelu,
       {-0.000126481056, -0.0455002785, -0.158655256, -0.154268771, 0.149676576, 0.841344714,
        2.48447585, 3.99987364}},
      {Activation::gelu_tanh,
       {-7.02142715e-05, -0.0454022884, -0.158807993, -0.154285997, 0.149675354, 0.841192007,
        2.48491573, 3.9999299}},
      {Activation::quick_gelu,
       {-0.00441472372, -0.0643413737, -0.154204234, -0.149611562, 0.151199654, 0.845795751,
        2.46501398, 3.99558496}},
      {Activation::silu,
       {-0.0719448403, -0.238405839, -0.268941432, -0.188770339, 0.140544131, 0.731058598,
        2.31035447, 3.92805505}},
      {Activation::relu, {0, 0, 0, 0, 0.25, 1, 2.5, 4}}};
  for (const auto& [activation, wanted] : torch) {
    for (size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_NEAR(plain_activation(activation, x[i]), wanted[i], 1e-6) << name_of(activation);
    }
  }
}

TEST_F(LinearTest, AppliesEveryActivation) {
  for (Activation activation : {Activation::gelu, Activation::gelu_tanh, Activation::quick_gelu,
                                Activation::silu, Activation::relu}) {
    Linear linear(runtime, "layer", {kIn, kOut}, 50, {.activation = activation}, {weight, bias},
                  Precision::f32);
    Values x = random_values(50 * kIn, 6);
    Values y(50 * kOut, NAN), wanted = plain_linear(x, weight, bias, 50, kIn, kOut);
    for (float& value : wanted) value = float(plain_activation(activation, double(value)));
    linear(x.data(), 50, y.data(), runtime);
    EXPECT_LE(relative_difference(y, wanted), 2e-6) << name_of(activation);
  }
}

TEST_F(LinearTest, BackwardMultipliesByTheTransposedWeights) {
  Linear linear(runtime, "layer", {kIn, kOut}, 9, {.activation = Activation::gelu}, {weight, bias},
                Precision::f32);
  Values transposed(weight.size());  // [in, out], as plain_linear takes weights
  for (int64_t o = 0; o < kOut; ++o) {
    for (int64_t i = 0; i < kIn; ++i) {
      transposed[size_t(i * kOut + o)] = weight[size_t(o * kIn + i)];
    }
  }
  linear.prepare_backward(9, runtime);
  for (int64_t rows : {9, 1, 197}) {
    Values dy = random_values(size_t(rows * kOut), unsigned(rows));
    Values dx(size_t(rows * kIn), NAN);
    linear.backward(dy.data(), rows, dx.data(), runtime);
    Values wanted = plain_linear(dy, transposed, {}, rows, kOut, kIn);
    EXPECT_LE(relative_difference(dx, wanted), 2e-6) << rows;
    linear.backward(dy.data(), rows, dx.data(), runtime, /*accumulate=*/true);
    for (float& value : wanted) value *= 2;
    EXPECT_LE(relative_difference(dx, wanted), 2e-6) << rows;
  }
}

// qkv: a layer of three parts, whose columns go to heads of an image's tokens.
TEST_F(LinearTest, PartsGoWhereTheyAreTold) {
  constexpr int64_t kHeads = 2, kHeadDim = 5, kTokens = 4, kImages = 2, kDim = kHeads * kHeadDim;
  const Values wide = random_values(3 * kDim * kIn, 9, 0.2f),
               wide_bias = random_values(3 * kDim, 10);
  Linear qkv(runtime, "qkv", {kIn, 3 * kDim, /*parts=*/3}, 8, {}, {wide, wide_bias},
             Precision::f32);
  Values x = random_values(kImages * kTokens * kIn, 11);
  const Values all = plain_linear(x, wide, wide_bias, kImages * kTokens, kIn, 3 * kDim);
  const OutputLayout heads{kTokens, 3 * kTokens * kDim, kHeadDim, kHeadDim, kTokens * kHeadDim};
  Values y(all.size(), 0);
  qkv(x.data(), kImages * kTokens, {1, 2}, heads, y.data(), runtime);  // k and v
  for (int64_t row = 0; row < kImages * kTokens; ++row) {
    for (int64_t column = 0; column < 3 * kDim; ++column) {
      const int64_t image = row / kTokens, token = row % kTokens, head = column / kHeadDim;
      const float found =
          y[size_t(((image * 3 * kHeads + head) * kTokens + token) * kHeadDim + column % kHeadDim)];
      const float wanted = column < kDim ? 0 : all[size_t(row * 3 * kDim + column)];
      EXPECT_NEAR(found, wanted, 1e-5) << row << " " << column;
    }
  }
}

Values rounded(const Values& values) {
  Values result;
  for (const float value : values) result.push_back(to_f32(to_bf16(value)));
  return result;
}

// Operands are rounded, sums are not.
TEST_F(LinearTest, Bf16RoundsWhatItMultiplies) {
  if (!is_possible(Precision::bf16)) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  Linear linear(runtime, "layer", {kIn, kOut}, 9, {}, {weight, bias}, Precision::bf16);
  Values x = random_values(9 * kIn, 12);
  FloatBuffer narrow(x.size(), FloatType::bf16);
  convert(x.data(), int64_t(x.size()), narrow);
  Values y(9 * kOut, NAN);
  linear(narrow, 9, y.data(), runtime);
  EXPECT_LE(relative_difference(y, plain_linear(rounded(x), rounded(weight), bias, 9, kIn, kOut)),
            1e-5);
}

TEST_F(LinearTest, Int8IsNearWhateverTheInputsType) {
  const double tolerance = is_native(Precision::int8) ? 0.03 : 0.06;
  for (const int64_t rows : {1, 9, 300}) {
    Linear linear(runtime, "layer", {kIn, kOut}, rows, {.activation = Activation::gelu},
                  {weight, bias}, Precision::int8);
    EXPECT_EQ(linear.precision(), Precision::int8);
    Values x = random_values(size_t(rows * kIn), 13);
    // A token of large values takes nothing from the others.
    for (int64_t i = 0; i < kIn; ++i) x[size_t(i)] *= 1000;
    Values wanted = plain_linear(x, weight, bias, rows, kIn, kOut);
    for (float& value : wanted) value = float(plain_activation(Activation::gelu, double(value)));
    FloatBuffer narrow(x.size(), FloatType::bf16);
    convert(x.data(), int64_t(x.size()), narrow);
    for (const FloatView input : {FloatView(x.data()), FloatView(narrow)}) {
      Values y(size_t(rows * kOut), NAN);
      linear(input, rows, y.data(), runtime);
      for (int64_t row = 0; row < rows; ++row) {
        const auto of_row = [&](const Values& v) {
          return Values(v.begin() + row * kOut, v.begin() + (row + 1) * kOut);
        };
        EXPECT_LE(relative_difference(of_row(y), of_row(wanted)), tolerance)
            << row << " of " << rows;
      }
    }
  }
}

// A layer with quantized output, and the next, which takes it.
TEST_F(LinearTest, Int8HandsOnQuantizedRows) {
  constexpr int64_t kRows = 300;
  const double tolerance = is_native(Precision::int8) ? 0.03 : 0.06;
  Linear first(runtime, "first", {kIn, kOut}, kRows, {.activation = Activation::gelu},
               {weight, bias}, Precision::int8);
  const Values weight2 = random_values(kOut * kOut, 20, 0.2f);
  Linear second(runtime, "second", {kOut, kOut}, kRows, {}, {weight2, bias}, Precision::int8);
  ASSERT_TRUE(first.can_quantize_output());
  Values x = random_values(kRows * kIn, 21), y(kRows * kOut, NAN);
  const QuantizedBuffer hidden(kRows, kOut);
  first(x.data(), kRows, hidden.rows(), runtime);
  second(hidden.rows(), kRows, y.data(), runtime);
  Values between = plain_linear(x, weight, bias, kRows, kIn, kOut);
  for (float& value : between) value = float(plain_activation(Activation::gelu, double(value)));
  const Values wanted = plain_linear(between, weight2, bias, kRows, kOut, kOut);
  EXPECT_LE(relative_difference(y, wanted), tolerance);
}

TEST_F(LinearTest, Int8KeepsOutWhatItWouldHarm) {
  constexpr int64_t kWide = 770;
  Values wide = random_values(kOut * kWide, 14, 0.2f);
  const auto made = [&] {
    return Linear(runtime, "layer", {kWide, kOut}, 9, {}, {wide, bias}, Precision::int8);
  };
  EXPECT_EQ(made().precision(), Precision::int8);
  for (int64_t o = 0; o < kOut; ++o) wide[size_t(o * kWide)] = 100;  // the others have no step left
  const bool bf16 = float_type(Precision::int8) == FloatType::bf16;
  EXPECT_EQ(made().precision(), bf16 ? Precision::bf16 : Precision::f32);
}

TEST_F(LinearTest, ProductLeavesOutTheActivation) {
  Linear linear(runtime, "layer", {kIn, kOut}, 9, {.activation = Activation::relu}, {weight, bias},
                Precision::f32);
  Values x = random_values(9 * kIn, 8);
  Values y(9 * kOut, NAN);
  linear.product(x.data(), 9, y.data(), runtime);
  EXPECT_LE(relative_difference(y, plain_linear(x, weight, bias, 9, kIn, kOut)), 2e-6);
}

TEST_F(LinearTest, ListsAPrimitiveForEachNumberOfRows) {
  Linear linear(runtime, "layer", {kIn, kOut}, 8, {}, {weight, bias}, Precision::f32);
  Values x = random_values(2 * kIn, 7);
  Values y(2 * kOut);
  linear(x.data(), 2, y.data(), runtime);
  linear(x.data(), 2, y.data(), runtime);
  Values one(kOut);
  linear(x.data(), 1, one.data(), runtime);
  std::vector<PrimitiveInfo> list;
  linear.list_primitives(runtime, list);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].layer, "layer [2, 70] -> [2, 37]");
  EXPECT_EQ(list[1].layer, "layer [1, 70] -> [1, 37]");
}

}  // namespace
}  // namespace saccade
