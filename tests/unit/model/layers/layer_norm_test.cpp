#include "model/layers/layer_norm.h"

#include <gtest/gtest.h>

#include "tests/unit/model/every_target.h"
#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

TEST(LayerNorm, EqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for (size_t dim : {1u, 3u, 16u, 24u, 63u, 64u, 192u, 770u}) {
      const Values weight = random_values(dim, 1), bias = random_values(dim, 2);
      Values x = random_values(5 * dim, unsigned(dim), 3);
      for (float& value : x) value += 10;  // a mean that cancels
      Values y(x.size(), NAN);
      LayerNorm(weight, bias, 1e-6)(x.data(), 5, y.data());
      EXPECT_LE(relative_difference(y, plain_layer_norm(x, weight, bias, 1e-6)), 1e-5) << dim;
    }
  });
}

TEST(LayerNorm, InPlaceOnEveryTarget) {
  on_every_target([] {
    for (size_t dim : {3u, 16u, 64u, 80u}) {
      const Values weight = random_values(dim, 1), bias = random_values(dim, 2);
      Values x = random_values(5 * dim, unsigned(dim), 3);
      std::vector<Bf16> halves;
      for (float& value : x) {
        halves.push_back(to_bf16(value));
        value = to_f32(halves.back());
      }
      const Values wanted = plain_layer_norm(x, weight, bias, 1e-6);
      const LayerNorm norm(weight, bias, 1e-6);
      norm.in_place(x.data(), 5);
      EXPECT_LE(relative_difference(x, wanted), 1e-5) << dim;
      norm.in_place(halves.data(), 5);
      Values found;
      for (const Bf16 value : halves) found.push_back(to_f32(value));
      EXPECT_LE(relative_difference(found, wanted), 1.0 / 256) << dim;
    }
  });
}

TEST(LayerNorm, QuantizesItsRowsOnEveryTarget) {
  on_every_target([] {
    for (size_t dim : {3u, 64u, 192u, 770u}) {
      const Values weight = random_values(dim, 1), bias = random_values(dim, 2);
      Values x = random_values(5 * dim, unsigned(dim), 3);
      const QuantizedBuffer buffer(5, int64_t(dim));
      const QuantizedRows quantized = buffer.rows();
      LayerNorm(weight, bias, 1e-6)(x.data(), 5, quantized);
      const Values wanted = plain_layer_norm(x, weight, bias, 1e-6);
      for (size_t i = 0; i < wanted.size(); ++i) {
        const RowQuantization& code = quantized.quantization[i / dim];
        const float found = code.scale * (float(quantized.values[i]) - code.zero_point);
        EXPECT_LE(std::abs(found - wanted[i]), 0.51f * code.scale) << i << " of rows of " << dim;
      }
    }
  });
}

// dx += the gradient of sum(dy * norm(x)), by its formula in double.
Values plain_backward(const Values& x, const Values& weight, const Values& dy, double eps,
                      Values dx) {
  const size_t dim = weight.size();
  for (size_t row = 0; row < x.size(); row += dim) {
    double mean = 0, variance = 0, g_mean = 0, product = 0;
    for (size_t i = 0; i < dim; ++i) mean += double(x[row + i]) / double(dim);
    for (size_t i = 0; i < dim; ++i) variance += std::pow(double(x[row + i]) - mean, 2);
    const double sigma = std::sqrt(variance / double(dim) + eps);
    const auto g = [&](size_t i) { return double(dy[row + i]) * double(weight[i]); };
    const auto normal = [&](size_t i) { return (double(x[row + i]) - mean) / sigma; };
    for (size_t i = 0; i < dim; ++i) {
      g_mean += g(i) / double(dim);
      product += g(i) * normal(i) / double(dim);
    }
    for (size_t i = 0; i < dim; ++i) {
      dx[row + i] += float((g(i) - g_mean - normal(i) * product) / sigma);
    }
  }
  return dx;
}

TEST(LayerNorm, BackwardEqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for (size_t dim : {1u, 3u, 16u, 24u, 63u, 64u, 192u, 770u}) {
      const Values weight = random_values(dim, 1);
      const Values x = random_values(5 * dim, unsigned(dim), 3), dy = random_values(5 * dim, 4);
      Values dx = random_values(5 * dim, 5);
      const Values wanted = plain_backward(x, weight, dy, 0.02, dx);
      LayerNorm(weight, Values(dim, 7), 0.02).backward(x.data(), dy.data(), 5, dx.data());
      EXPECT_LE(relative_difference(dx, wanted), 1e-5) << dim;
    }
  });
}

// RMSNorm, forwards and backwards.
TEST(LayerNorm, RootMeanSquareOnEveryTarget) {
  on_every_target([] {
    for (size_t dim : {1u, 3u, 16u, 63u, 192u, 770u}) {
      const Values weight = random_values(dim, 1);
      Values x = random_values(5 * dim, unsigned(dim), 3);
      for (float& value : x) value += 10;  // a mean that stays
      const Values dy = random_values(x.size(), 4);
      const LayerNorm norm(weight, {}, 0.02, NormKind::rms);
      Values y(x.size(), NAN), wanted(x.size());
      Values dx = random_values(x.size(), 5), wanted_dx = dx;
      for (size_t row = 0; row < x.size(); row += dim) {
        double square = 0, product = 0;
        for (size_t i = row; i < row + dim; ++i) square += double(x[i]) * double(x[i]);
        const double sigma = std::sqrt(square / double(dim) + 0.02);
        for (size_t i = 0; i < dim; ++i) {
          wanted[row + i] = float(double(x[row + i]) / sigma * double(weight[i]));
          product += double(dy[row + i]) * double(weight[i]) * double(x[row + i]) / sigma;
        }
        for (size_t i = 0; i < dim; ++i) {
          const double part = double(x[row + i]) / sigma * product / double(dim);
          wanted_dx[row + i] += float((double(dy[row + i]) * double(weight[i]) - part) / sigma);
        }
      }
      norm(x.data(), 5, y.data());
      EXPECT_LE(relative_difference(y, wanted), 1e-5) << dim;
      norm.backward(x.data(), dy.data(), 5, dx.data());
      EXPECT_LE(relative_difference(dx, wanted_dx), 1e-5) << dim;
    }
  });
}

TEST(LayerNorm, ConstantRowsGiveTheBias) {
  const Values weight = random_values(40, 1), bias = random_values(40, 2);
  const Values x(40, 2.5f);
  for (double eps : {1e-12, 1e-6, 0.02}) {
    Values y(40, NAN);
    LayerNorm(weight, bias, eps)(x.data(), 1, y.data());
    EXPECT_EQ(y, bias) << eps;
  }
}

TEST(LayerNorm, EpsilonCounts) {
  const Values weight(8, 1), bias(8, 0);
  const Values x = random_values(8, 3, 0.1f);
  Values y(8);
  LayerNorm(weight, bias, 0.02)(x.data(), 1, y.data());
  EXPECT_LE(relative_difference(y, plain_layer_norm(x, weight, bias, 0.02)), 1e-6);
}

}  // namespace
}  // namespace saccade
