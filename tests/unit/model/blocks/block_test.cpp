// Blocks of every kind: a batch has the results of its images alone, and contexts of one model
// agree.
#include "model/blocks/block.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/inference_context.h"
#include "tests/support/shared_data.h"
#include "tests/unit/model/plain_loops.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

using namespace test;

// The attention of every layer [B, H, T, T].
class AttentionOf : public Observer {
 public:
  bool wants(Stage stage, int64_t) const override { return stage == Stage::attention; }
  void see(Stage, int64_t layer, std::span<const float> values) override {
    seen[layer].assign(values.begin(), values.end());
  }
  std::map<int64_t, Values> seen;
};

class GradientsOf : public GradientObserver {
 public:
  bool wants(GradientStage, int64_t) const override { return true; }
  void see(GradientStage stage, int64_t layer, std::span<const float> values,
           std::span<const float> gradients) override {
    Values& all = seen[{stage, layer}];
    all.assign(values.begin(), values.end());
    all.insert(all.end(), gradients.begin(), gradients.end());
  }
  std::map<std::pair<GradientStage, int64_t>, Values> seen;
};

class BlockOf : public testing::TestWithParam<std::string> {
 protected:
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases") / GetParam());
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  const size_t floats = size_t(vit.tokens.channels * input.height * input.width);
  const size_t classes = size_t(vit.head.classes);
  Values pixels = random_values(2 * floats, 1);
};

TEST_P(BlockOf, TwoPicturesGiveWhatEachGives) {
  InferenceContext model(vit, checkpoint.weights, input, {.gradients = true});
  const Values target = random_values(classes, 2);
  Values logits(2 * classes), alone(classes);
  AttentionOf both;
  std::vector<GradientsOf> of_both(2);
  model.record(pixels, 2, logits, &both);
  for (const int64_t image : {0, 1}) model.backward(image, target, of_both[size_t(image)]);

  for (const size_t image : {0u, 1u}) {
    AttentionOf one;
    GradientsOf of_one;
    model.record(std::span(pixels).subspan(image * floats, floats), 1, alone, &one);
    model.backward(0, target, of_one);
    const auto first = logits.begin() + std::ptrdiff_t(image * classes);
    EXPECT_LE(relative_difference({first, first + std::ptrdiff_t(classes)}, alone), 1e-5);
    for (const auto& [layer, values] : one.seen) {
      const auto begin = both.seen.at(layer).begin() + std::ptrdiff_t(image * values.size());
      EXPECT_LE(relative_difference({begin, begin + std::ssize(values)}, values), 1e-5) << layer;
    }
    ASSERT_EQ(of_one.seen.size(), size_t(2 * vit.depth));
    for (const auto& [what, values] : of_one.seen) {
      EXPECT_LE(relative_difference(of_both[image].seen.at(what), values), 1e-5) << what.second;
    }
  }
}

TEST_P(BlockOf, ContextsGiveTheSame) {
  InferenceContext context(vit, checkpoint.weights, input);
  Values logits(2 * classes), again(2 * classes);
  context.forward(pixels, 2, logits);
  InferenceContext other(context.model());
  other.forward(pixels, 2, again);
  EXPECT_EQ(again, logits);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BlockOf,
                         testing::Values("vit_timm", "vit_timm_rpn_cls", "vit_timm_parallel",
                                         "vit_timm_18x2", "vit_timm_diff_cls",
                                         "vit_timm_diff_parallel"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace saccade
