#include "model/layers/pooling.h"

#include <gtest/gtest.h>

#include "tests/support/golden_case.h"
#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

// Mean of each column over rows [first, T) of image `image` of y [B, T, D].
Values plain_mean(const Values& y, int64_t image, int64_t first, int64_t T, int64_t D) {
  Values mean;
  for (int64_t i = 0; i < D; ++i) {
    double sum = 0;
    for (int64_t t = first; t < T; ++t) sum += double(y[size_t((image * T + t) * D + i)]);
    mean.push_back(float(sum / double(T - first)));
  }
  return mean;
}

TEST(Pool, AveragesThePatchesThenNormalizes) {
  for (const auto& [name, prefix] : {std::pair("vit_timm_gap", 0),
                                     {"vit_timm_mae", 1},
                                     {"vit_timm_reg1_gap", 1},
                                     {"vit_timm_qk_norm_gap", 2}}) {
    const Checkpoint checkpoint = open_golden(name);
    const VitDescription& vit = checkpoint.config.vit;
    ASSERT_EQ(vit.tokens.prefix(), prefix) << name;
    const int64_t T = vit.tokens.count(vit.tokens.image), D = vit.dim;
    EXPECT_EQ(Pool::rows_read(vit, T), T);
    const Values y = random_values(size_t(3 * T * D), 1);
    Values pooled(size_t(3 * D), NAN);
    Runtime runtime;
    Pool pool(runtime, vit, checkpoint.weights);
    pool(const_cast<float*>(y.data()), {3, T, T}, 0, pooled.data(), runtime);
    for (int64_t image = 0; image < 3; ++image) {
      Values wanted = plain_mean(y, image, prefix, T, D);
      if (vit.norms.after_pooling) {
        wanted = plain_layer_norm(wanted, checkpoint.weights.read("fc_norm.weight"),
                                  checkpoint.weights.read("fc_norm.bias"), vit.norms.eps);
      }
      const Values found(pooled.begin() + image * D, pooled.begin() + (image + 1) * D);
      EXPECT_LE(relative_difference(found, wanted), 1e-5) << name << " " << image;
    }
  }
}

TEST(Pool, ReadsTheTokenThatIsAskedFor) {
  const Checkpoint checkpoint = open_golden("deit_timm_distilled");
  const VitDescription& vit = checkpoint.config.vit;
  EXPECT_EQ(Pool::rows_read(vit, 50), 2);
  const Values y = random_values(size_t(2 * 2 * vit.dim), 1);
  Values pooled(size_t(2 * vit.dim), NAN);
  Runtime runtime;
  Pool pool(runtime, vit, checkpoint.weights);
  pool(const_cast<float*>(y.data()), {2, 50, 2}, 1, pooled.data(), runtime);
  for (int64_t i = 0; i < vit.dim; ++i) {
    EXPECT_EQ(pooled[size_t(i)], y[size_t(vit.dim + i)]);
    EXPECT_EQ(pooled[size_t(vit.dim + i)], y[size_t(3 * vit.dim + i)]);
  }
}

TEST(Pool, PutsTheTokenBesideTheMeanOfThePatches) {
  const Checkpoint checkpoint = open_golden("dinov2_reg_hf");
  const VitDescription& vit = checkpoint.config.vit;
  const int64_t T = 9, D = vit.dim;
  ASSERT_EQ(vit.tokens.prefix(), 4);
  EXPECT_EQ(Pool::rows_read(vit, T), T);
  const Values y = random_values(size_t(2 * T * D), 1);
  Values pooled(size_t(2 * 2 * D), NAN);
  Runtime runtime;
  Pool pool(runtime, vit, checkpoint.weights);
  pool(const_cast<float*>(y.data()), {2, T, T}, 0, pooled.data(), runtime);
  for (int64_t image = 0; image < 2; ++image) {
    Values wanted(y.begin() + image * T * D, y.begin() + (image * T + 1) * D);
    const Values mean = plain_mean(y, image, 4, T, D);
    wanted.insert(wanted.end(), mean.begin(), mean.end());
    const Values found(pooled.begin() + image * 2 * D, pooled.begin() + (image + 1) * 2 * D);
    EXPECT_LE(relative_difference(found, wanted), 1e-6) << image;
  }
}

// Against differences of the sum of dpooled * pooled.
TEST(Pool, GradientsAreThoseOfItsOutput) {
  for (const char* name : {"vit_timm_gap", "vit_timm_mae", "vit_timm_own_tokens", "dinov2_reg_hf",
                           "siglip_timm_map", "siglip_timm_map_cls", "siglip_zero_shot"}) {
    const Checkpoint checkpoint = open_golden(name);
    const VitDescription& vit = checkpoint.config.vit;
    const int64_t T = vit.tokens.count(vit.tokens.image), D = vit.dim;
    const TokenShape shape{1, T, Pool::rows_read(vit, T)};
    Values y = random_values(size_t(shape.queries * D), 1);
    const Values dpooled = random_values(size_t(vit.pooled_dim()), 2);
    Runtime runtime;
    Pool pool(runtime, vit, checkpoint.weights);
    const auto value = [&] {
      Values pooled(dpooled.size());
      pool(y.data(), shape, 0, pooled.data(), runtime);
      double sum = 0;
      for (size_t i = 0; i < pooled.size(); ++i) sum += double(pooled[i]) * double(dpooled[i]);
      return sum;
    };
    Values dy(y.size(), 1);  // it adds
    pool.prepare_backward(runtime);
    pool.backward(y.data(), dpooled.data(), shape, 0, GradientRule::exact, dy.data(), runtime);
    Values wanted;
    for (float& at : y) {
      const float was = at;
      constexpr float step = 1.0f / 64;
      at = was + step;
      const double more = value();
      at = was - step;
      wanted.push_back(float(1 + (more - value()) / (2 * double(step))));
      at = was;
    }
    EXPECT_LE(relative_difference(dy, wanted), 1e-3) << name;
  }
}

}  // namespace
}  // namespace saccade
