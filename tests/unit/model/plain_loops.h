// What the layers compute, as the shortest loops that say so, in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "weights/describe/vit_description.h"

namespace saccade::test {

using Values = std::vector<float>;

inline Values random_values(size_t count, unsigned seed, float deviation = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, deviation);
  Values values(count);
  for (float& value : values) value = normal(engine);
  return values;
}

// Formulas of transformers' activations.py; of x Φ(x) the tail without cancellation.
inline double plain_activation(Activation activation, double x) {
  switch (activation) {
    case Activation::gelu:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
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

// x [rows, in], weight [out, in], bias [out] or empty -> [rows, out]
inline Values plain_linear(const Values& x, const Values& weight, const Values& bias, int64_t rows,
                           int64_t in, int64_t out) {
  Values y(size_t(rows * out));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t o = 0; o < out; ++o) {
      double sum = bias.empty() ? 0 : double(bias[size_t(o)]);
      for (int64_t i = 0; i < in; ++i) {
        sum += double(x[size_t(r * in + i)]) * double(weight[size_t(o * in + i)]);
      }
      y[size_t(r * out + o)] = float(sum);
    }
  }
  return y;
}

inline Values plain_layer_norm(const Values& x, const Values& weight, const Values& bias,
                               double eps) {
  const size_t dim = weight.size();
  Values y(x.size());
  for (size_t row = 0; row < x.size(); row += dim) {
    double mean = 0, variance = 0;
    for (size_t i = 0; i < dim; ++i) mean += double(x[row + i]) / double(dim);
    for (size_t i = 0; i < dim; ++i) {
      variance += (double(x[row + i]) - mean) * (double(x[row + i]) - mean) / double(dim);
    }
    for (size_t i = 0; i < dim; ++i) {
      y[row + i] =
          float((double(x[row + i]) - mean) / std::sqrt(variance + eps) * double(weight[i]) +
                double(bias[i]));
    }
  }
  return y;
}

// Largest difference, as a part of the largest value of `wanted`.
inline double relative_difference(const Values& found, const Values& wanted) {
  if (found.size() != wanted.size()) return INFINITY;
  double largest = 0, difference = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    largest = std::max(largest, std::abs(double(wanted[i])));
    const double d = std::abs(double(found[i]) - double(wanted[i]));
    difference = std::isnan(d) ? INFINITY : std::max(difference, d);
  }
  return difference / largest;
}

}  // namespace saccade::test
