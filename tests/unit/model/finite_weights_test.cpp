// A checkpoint with a value that is not finite is refused in every precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "model/inference_context.h"
#include "tests/support/expect_error.h"
#include "tests/support/spoiled_checkpoint.h"
#include "tests/unit/model/plain_loops.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace test;

// The logits of one picture.
Values run(const Checkpoint& checkpoint, const ModelOptions& options) {
  const ImageSize size = checkpoint.input_size();
  const int64_t channels = checkpoint.config.vit.tokens.channels;
  InferenceContext model(checkpoint.config.vit, checkpoint.weights, size, options);
  const Values pixels(size_t(channels * size.height * size.width), 0.5f);
  Values logits(size_t(model.model()->classes()));
  model.forward(pixels, 1, logits);
  return logits;
}

bool is_used(const Checkpoint& checkpoint, const std::string& tensor) {
  const auto& ignored = checkpoint.weights.ignored();
  return std::find(ignored.begin(), ignored.end(), tensor) == ignored.end();
}

class FiniteTensors : public testing::TestWithParam<const char*> {};

// With Packing::never, weights are read when they are first used.
TEST_P(FiniteTensors, AreTheOnlyOnes) {
  SpoiledCheckpoint spoiled(GetParam());
  const Checkpoint whole = open_checkpoint(spoiled.path());
  const std::array bad{float(NAN), float(INFINITY), -float(INFINITY), 3.4e38f};
  size_t turn = 0;
  for (const auto& tensor : spoiled.tensors()) {
    if (!is_used(whole, tensor.name)) continue;
    for (const int64_t place : {int64_t{0}, tensor.count / 2, tensor.count - 1}) {
      spoiled.reset();
      spoiled.set(tensor, place, bad[turn++ % bad.size()]);
      const Checkpoint checkpoint = open_checkpoint(spoiled.path());
      for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
        for (const Packing packing : {Packing::once, Packing::never}) {
          SCOPED_TRACE(tensor.name + " " + std::string(name_of(precision)));
          expect_error<ModelError>(
              [&] {
                run(checkpoint, {precision, packing});
              },
              {"model.safetensors", '"' + tensor.name + '"', "not finite"});
        }
      }
    }
  }
  EXPECT_GT(turn, 60u);
}

INSTANTIATE_TEST_SUITE_P(Naming, FiniteTensors,
                         testing::Values("vit_hf", "vit_timm", "beit_hf", "dinov2_hf_gated",
                                         "siglip_timm_map", "eva02_timm", "relpos_timm",
                                         "vit_timm_diff", "rope_timm_mixed"),
                         [](const auto& name) { return std::string(name.param); });

// LayerScale times weights and biases: each finite, the product not.
TEST(FiniteWeights, ProductsAreChecked) {
  for (const char* scaled : {"output.dense.weight", "output.dense.bias"}) {
    SpoiledCheckpoint spoiled("dinov2_hf");
    size_t spoils = 0;
    for (const auto& tensor : spoiled.tensors()) {
      const bool is_scale = tensor.name.find("layer_scale1.lambda1") != std::string::npos;
      if (!is_scale && !tensor.name.ends_with(scaled)) continue;
      spoiled.set(tensor, 0, 1e30f);
      ++spoils;
    }
    ASSERT_GT(spoils, 1u);
    const Checkpoint checkpoint = open_checkpoint(spoiled.path());
    for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
      for (const Packing packing : {Packing::once, Packing::never}) {
        expect_error<ModelError>(
            [&] {
              run(checkpoint, {precision, packing});
            },
            {"model.safetensors", "output.dense.weight", "not finite"});
      }
    }
  }
}

// Weights that are finite but too large for the sums: the picture has no answer.
TEST(FiniteWeights, SumsThatOverflowGiveNoAnswer) {
  SpoiledCheckpoint spoiled("vit_hf");
  for (const auto& tensor : spoiled.tensors()) {
    if (tensor.name.ends_with("intermediate.dense.weight")) spoiled.fill(tensor, 1e38f);
  }
  const Checkpoint checkpoint = open_checkpoint(spoiled.path());
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    for (const Packing packing : {Packing::once, Packing::never}) {
      const Values logits = run(checkpoint, {precision, packing});
      EXPECT_FALSE(std::all_of(logits.begin(), logits.end(), [](float x) {
        return std::isfinite(x);
      })) << name_of(precision);
    }
  }
}

}  // namespace
}  // namespace saccade
