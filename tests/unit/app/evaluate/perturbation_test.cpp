#include "app/evaluate/perturbation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "app/predict/ranking.h"
#include "tests/support/shared_data.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

class PerturbationTest : public testing::TestWithParam<const char*> {
 protected:
  PerturbationTest() {
    pixels.resize(size_t(vit.tokens.channels * vit.tokens.image.height * vit.tokens.image.width));
    for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = float(i * 2654435761u % 4096) / 1024 - 2;
    map.resize(size_t(grid.height * grid.width));
    for (size_t i = 0; i < map.size(); ++i) map[i] = float(i * 7 % map.size());  // all different
  }

  // The score when only the patches for which `there` returns true are present.
  template <typename There>
  double score(const There& there) {
    std::vector<float> picture = pixels, logits(size_t(vit.head.classes));
    for (size_t i = 0; i < picture.size(); ++i) {
      const int64_t x = int64_t(i) % vit.tokens.image.width;
      const int64_t y = int64_t(i) / vit.tokens.image.width % vit.tokens.image.height;
      const size_t patch = size_t(y / vit.tokens.patch * grid.width + x / vit.tokens.patch);
      if (!there(map[patch])) picture[i] = 0;
    }
    model.forward(picture, 1, logits);
    return score_of(logits, checkpoint.config.activation, 2);
  }

  const Checkpoint checkpoint =
      open_checkpoint(test::source_path("tests/golden/cases") / GetParam());
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize grid = vit.tokens.grid(vit.tokens.image);
  InferenceContext model{vit, checkpoint.weights, vit.tokens.image};
  std::vector<float> pixels, map;
};

TEST_P(PerturbationTest, IsTheAreaUnderTheScores) {
  const auto patches = double(map.size());
  double deletion = 0, insertion = 0;
  for (int step = 0; step <= 8; ++step) {
    const double weight = (step == 0 || step == 8 ? 0.5 : 1.0) / 8;
    const auto left =
        float(patches - patches / 8 * step);  // patches with smaller values are not removed yet
    deletion += weight * score([=](float value) { return value < left; });
    insertion += weight * score([=](float value) { return value >= left; });
  }
  Perturbation perturb(checkpoint.config, model, vit.tokens.image, 8);
  const PerturbationAreas found = perturb(pixels, map, 2);
  EXPECT_NEAR(found.deletion, deletion, 1e-6);
  EXPECT_NEAR(found.insertion, insertion, 1e-6);
  EXPECT_GT(std::abs(deletion - insertion), 1e-4);  // otherwise the test could not distinguish them
}

TEST_P(PerturbationTest, TheOppositeMapSwapsThem) {
  std::vector<float> opposite;
  for (const float value : map) opposite.push_back(-value);
  Perturbation perturb(checkpoint.config, model, vit.tokens.image, int64_t(map.size()));
  const PerturbationAreas one = perturb(pixels, map, 0), other = perturb(pixels, opposite, 0);
  EXPECT_NEAR(one.deletion, other.insertion, 1e-6);
  EXPECT_NEAR(one.insertion, other.deletion, 1e-6);
}

// 4x4 and 4x6 patches: the numbers of steps divide both.
INSTANTIATE_TEST_SUITE_P(Grids, PerturbationTest, testing::Values("vit_hf", "vit_hf_nonsquare"));

}  // namespace
}  // namespace saccade
