#include "model/layers/gate.h"

#include <gtest/gtest.h>

#include "model/kernels/runtime.h"
#include "tests/unit/model/every_target.h"

namespace saccade {
namespace {

using namespace test;

constexpr int64_t kRows = 3;

double silu(double x) { return plain_activation(Activation::silu, x); }
double silu_slope(double x) {
  const double sigmoid = 1 / (1 + std::exp(-x));
  return sigmoid * (1 + x * (1 - sigmoid));
}

TEST(Gate, EqualsPlainLoopsOnEveryTarget) {
  on_every_target([] {
    for (const size_t columns : kSizes) {
      for (const FloatType from : kTypes) {
        const Guarded x(random_values(size_t(2 * kRows) * columns, unsigned(columns), 3), from);
        Values wanted;
        const Values values = x.values();
        for (size_t i = 0; i < size_t(kRows) * columns; ++i) {
          const size_t at = i / columns * 2 * columns + i % columns;
          wanted.push_back(float(silu(double(values[at])) * double(values[at + columns])));
        }
        for (const FloatType to : kTypes) {
          const Guarded y(wanted.size(), to);
          gate(Activation::silu, x, kRows, int64_t(columns), y);
          EXPECT_LE(excess(y.values(), wanted, to, 1e-6), 1) << columns;
        }
      }
    }
  });
}

TEST(Gate, GradientsAreThoseOfItsFormula) {
  Runtime runtime;
  for (const size_t columns : kSizes) {
    const size_t count = size_t(kRows) * columns;
    const Values x = random_values(2 * count, unsigned(columns), 3), dy = random_values(count, 9);
    Values wanted(2 * count), found(2 * count, NAN), scratch(2 * count, NAN);
    for (size_t i = 0; i < count; ++i) {
      const size_t at = i / columns * 2 * columns + i % columns;
      const double opened = x[at], passed = x[at + columns];
      wanted[at] = float(double(dy[i]) * passed * silu_slope(opened));
      wanted[at + columns] = float(double(dy[i]) * silu(opened));
    }
    gate_backward(Activation::silu, x.data(), dy.data(), kRows, int64_t(columns), scratch.data(),
                  found.data(), runtime);
    EXPECT_LE(relative_difference(found, wanted), 2e-6) << columns;
  }
}

}  // namespace
}  // namespace saccade
