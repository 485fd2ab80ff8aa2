#include "model/layers/activation_backward.h"

#include <gtest/gtest.h>

#include "model/kernels/epilogue.h"
#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

// Activations and their derivatives, by their formulas in double.
struct Point {
  double value, slope;
};

Point gelu(double x) {
  const double phi = std::exp(-x * x / 2) / std::sqrt(2 * M_PI);
  const double Phi = 0.5 * (1 + std::erf(x / std::sqrt(2.0)));
  return {x * Phi, Phi + x * phi};
}

Point gelu_tanh(double x) {
  const double c = std::sqrt(2 / M_PI), t = std::tanh(c * (x + 0.044715 * x * x * x));
  return {x * (1 + t) / 2, (1 + t) / 2 + x / 2 * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x)};
}

Point swish(double x, double alpha) {
  const double s = 1 / (1 + std::exp(-alpha * x));
  return {x * s, s + alpha * x * s * (1 - s)};
}

Point reference(Activation activation, double x) {
  switch (activation) {
    case Activation::gelu:
      return gelu(x);
    case Activation::gelu_tanh:
      return gelu_tanh(x);
    case Activation::quick_gelu:
      return swish(x, 1.702);
    case Activation::silu:
      return swish(x, 1);
    case Activation::relu:
      return {std::max(x, 0.0), double(x > 0)};
  }
  return {NAN, NAN};
}

TEST(Activation, EqualsTheFormulasBothWays) {
  Runtime runtime;
  for (const Activation activation : {Activation::gelu, Activation::gelu_tanh,
                                      Activation::quick_gelu, Activation::silu, Activation::relu}) {
    for (const size_t count : {size_t{1}, size_t{37}, size_t{197 * 24}}) {
      const Values x = random_values(count, 1, 2), dy = random_values(count, 2);
      Values y(count, NAN), dx = dy, wanted_y, wanted_dx;
      for (size_t i = 0; i < count; ++i) {
        const auto [value, slope] = reference(activation, double(x[i]));
        wanted_y.push_back(float(value));
        wanted_dx.push_back(float(slope * double(dy[i])));
      }
      activate(activation, x.data(), int64_t(count), y.data());
      EXPECT_LE(relative_difference(y, wanted_y), 2e-6) << name_of(activation);
      activation_backward(activation, x.data(), dx.data(), int64_t(count), dx.data(),
                          runtime);  // in place
      EXPECT_LE(relative_difference(dx, wanted_dx), 2e-6) << name_of(activation);
    }
  }
}

}  // namespace
}  // namespace saccade
