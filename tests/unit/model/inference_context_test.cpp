// Several contexts on one model.
#include "model/inference_context.h"

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/allocations.h"
#include "tests/support/shared_data.h"
#include "tests/unit/model/plain_loops.h"
#include "weights/checkpoint.h"
#include "weights/random_checkpoint.h"

namespace saccade {
namespace {

using namespace test;

class ContextsAt : public testing::TestWithParam<Precision> {};

TEST_P(ContextsAt, GiveTheSameLogitsAtTheSameTime) {
  if (!is_possible(GetParam())) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases/vit_hf"));
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  const auto floats = static_cast<size_t>(vit.tokens.channels * input.height * input.width);
  const auto classes = static_cast<size_t>(vit.head.classes);
  set_compute_threads(1);
  const auto model = std::make_shared<const VisionTransformer>(vit, checkpoint.weights, input,
                                                               ModelOptions{GetParam()});
  InferenceContext alone(model);
  std::vector<InferenceContext> contexts;
  for (int i = 0; i < 3; ++i) contexts.emplace_back(model);

  std::vector<Values> pixels, wanted, found(contexts.size(), Values(2 * classes));
  for (size_t i = 0; i < contexts.size(); ++i) {
    pixels.push_back(random_values(2 * floats, unsigned(i)));
    wanted.emplace_back(2 * classes);
    alone.forward(pixels[i], 2, wanted[i]);
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < contexts.size(); ++i) {
    threads.emplace_back([&, i] {
      set_compute_threads(1);
      for (int round = 0; round < 20; ++round) contexts[i].forward(pixels[i], 2, found[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, wanted);  // to the bit
}

INSTANTIATE_TEST_SUITE_P(Precisions, ContextsAt,
                         testing::Values(Precision::f32, Precision::bf16, Precision::int8),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(InferenceContext, KeepsItsModel) {
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases/vit_hf"));
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  const Values pixels =
      random_values(static_cast<size_t>(vit.tokens.channels * input.height * input.width), 1);
  Values wanted(static_cast<size_t>(vit.head.classes)), found(wanted.size());
  auto context = std::make_unique<InferenceContext>(vit, checkpoint.weights, input);
  context->forward(pixels, 1, wanted);
  InferenceContext other(context->model());
  context.reset();
  other.forward(pixels, 1, found);
  EXPECT_EQ(found, wanted);
}

TEST(InferenceContext, LargeBatchesGoInPartsThatSuitTheCaches) {
  const Checkpoint checkpoint = random_checkpoint("vit_tiny_patch16_224");
  VitDescription vit = checkpoint.config.vit;
  vit.depth = 1;
  const ImageSize input = checkpoint.input_size();
  ASSERT_EQ(InferenceContext::micro_batch(vit, input), 32);
  EXPECT_EQ(InferenceContext::activation_bytes(vit, input, 33),
            InferenceContext::activation_bytes(vit, input, 32));
  EXPECT_LT(InferenceContext::activation_bytes(vit, input, 31),
            InferenceContext::activation_bytes(vit, input, 32));

  const auto floats = static_cast<size_t>(vit.tokens.channels * input.height * input.width);
  const auto classes = static_cast<size_t>(vit.head.classes);
  const Values pixels = random_values(33 * floats, 1);
  Values whole(33 * classes), parts(33 * classes);
  InferenceContext context(vit, checkpoint.weights, input);
  context.forward(pixels, 33, whole);
  const std::span<const float> all = pixels;
  context.forward(all.first(16 * floats), 16, std::span(parts).first(16 * classes));
  context.forward(all.subspan(16 * floats), 17, std::span(parts).subspan(16 * classes));
  EXPECT_EQ(whole, parts);  // to the bit
}

// Keeps the gradients of every layer's attention.
class AttentionGradientsOf : public GradientObserver {
 public:
  bool wants(GradientStage stage, int64_t) const override {
    return stage == GradientStage::attention;
  }
  void see(GradientStage, int64_t, std::span<const float>,
           std::span<const float> gradients) override {
    seen.insert(seen.end(), gradients.begin(), gradients.end());
  }
  Values seen;
};

TEST(InferenceContext, GivesTheSameGradientsAtTheSameTime) {
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases/vit_hf"));
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  const auto floats = static_cast<size_t>(vit.tokens.channels * input.height * input.width);
  set_compute_threads(1);
  const auto model = std::make_shared<const VisionTransformer>(vit, checkpoint.weights, input,
                                                               ModelOptions{.gradients = true});
  const Values pixels = random_values(floats, 1), target(size_t(vit.head.classes), 1);
  const auto gradients = [&] {
    set_compute_threads(1);
    InferenceContext context(model);
    Values logits(target.size());
    AttentionGradientsOf observer;
    for (int round = 0; round < 5; ++round) {
      observer.seen.clear();
      context.record(pixels, 1, logits);
      context.backward(0, target, observer);
    }
    return observer.seen;
  };
  const Values wanted = gradients();
  std::vector<Values> found(3);
  std::vector<std::thread> threads;
  for (Values& one : found) threads.emplace_back([&] { one = gradients(); });
  for (std::thread& thread : threads) thread.join();
  for (const Values& one : found) EXPECT_EQ(one, wanted);  // to the bit
}

TEST(InferenceContext, NeedsAModelWithGradientsToGoBack) {
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases/vit_hf"));
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  InferenceContext context(vit, checkpoint.weights, input);
  const Values pixels(size_t(vit.tokens.channels * input.height * input.width));
  Values logits(size_t(vit.head.classes));
  AttentionGradientsOf observer;
  context.record(pixels, 1, logits);
  EXPECT_THROW(context.backward(0, logits, observer), std::logic_error);
  EXPECT_THROW(VisionTransformer(vit, checkpoint.weights, input,
                                 {.precision = Precision::int8, .gradients = true}),
               std::logic_error);
}

}  // namespace
}  // namespace saccade
