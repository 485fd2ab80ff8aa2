// Where the time of a forward pass goes.
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "model/inference_context.h"
#include "model/kernels/compute.h"
#include "model/kernels/layer_clock.h"
#include "model/kernels/reference_products.h"
#include "weights/random_checkpoint.h"

namespace saccade {
namespace {

TEST(LayerClock, CountsOnlyWhileItRuns) {
  LayerClock clock;
  clock.lap(LayerKind::qkv);
  clock.start();
  EXPECT_EQ(clock.stop(), LayerTimes{});
  clock.lap(LayerKind::qkv);
  EXPECT_EQ(clock.stop(), LayerTimes{});
  clock.start();
  clock.lap(LayerKind::fc2);
  const LayerTimes times = clock.stop();
  EXPECT_GT(times[size_t(LayerKind::fc2)], 0);
  EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0.0), times[size_t(LayerKind::fc2)]);
}

TEST(Profile, IsAForwardPassWithATimeForEveryKind) {
  const Checkpoint checkpoint = random_checkpoint("vit_tiny_patch32_224");
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, checkpoint.input_size());
  const std::vector<float> pixels(3 * 224 * 224, 0.25f);
  std::vector<float> logits(1000), profiled(1000);
  model.forward(pixels, 1, logits);
  const LayerTimes times = model.profile(pixels, 1, profiled);
  EXPECT_EQ(profiled, logits);
  for (size_t kind = 0; kind < kLayerKinds; ++kind) EXPECT_GT(times[kind], 0) << kind;
}

TEST(ReferenceProducts, CountTheirFlops) {
  ReferenceProducts products(197, Precision::f32);
  const int threads = compute_threads();
  const int rows = (197 + threads - 1) / threads * threads;         // equal numbers for all threads
  EXPECT_DOUBLE_EQ(products.flops(), 2.0 * rows * 768 * 12 * 768);  // 3 + 1 + 4 + 4 times 768
  products.run();
}

}  // namespace
}  // namespace saccade
