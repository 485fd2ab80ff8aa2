#include "model/layer_norm.h"

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

// Runs `body` once on every instruction set that this processor has.
template <typename Body>
void on_every_target(const Body& body) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    body();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

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
