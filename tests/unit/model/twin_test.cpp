// Several streams on one copy of the weights.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "model/vision_transformer.h"
#include "tests/support/allocations.h"
#include "tests/support/shared_data.h"
#include "tests/unit/model/plain_loops.h"
#include "weights/checkpoint.h"

namespace saccade {
namespace {

using namespace test;

class TwinAt : public testing::TestWithParam<Precision> {};

TEST_P(TwinAt, GivesTheSameLogitsAtTheSameTime) {
  if (!is_possible(GetParam())) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases/vit_hf"));
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  const auto floats = static_cast<size_t>(vit.tokens.channels * input.height * input.width);
  const auto classes = static_cast<size_t>(vit.head.classes);
  set_compute_threads(1);
  VisionTransformer model(vit, checkpoint.weights, input, GetParam());
  std::vector<VisionTransformer> twins;
  for (int i = 0; i < 3; ++i) twins.push_back(model.twin());

  std::vector<Values> pixels, wanted, found(twins.size(), Values(2 * classes));
  for (size_t i = 0; i < twins.size(); ++i) {
    pixels.push_back(random_values(2 * floats, unsigned(i)));
    wanted.emplace_back(2 * classes);
    model.forward(pixels[i], 2, wanted[i]);
  }
  std::vector<std::thread> threads;
  for (size_t i = 0; i < twins.size(); ++i) {
    threads.emplace_back([&, i] {
      set_compute_threads(1);
      for (int round = 0; round < 20; ++round) twins[i].forward(pixels[i], 2, found[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(found, wanted);  // to the bit
}

INSTANTIATE_TEST_SUITE_P(Precisions, TwinAt,
                         testing::Values(Precision::f32, Precision::bf16, Precision::int8),
                         [](const auto& test) { return std::string(name_of(test.param)); });

TEST(Twin, OutlivesTheOneItWasMadeOf) {
  const Checkpoint checkpoint = open_checkpoint(source_path("tests/golden/cases/vit_hf"));
  const VitDescription& vit = checkpoint.config.vit;
  const ImageSize input = checkpoint.input_size();
  const Values pixels =
      random_values(static_cast<size_t>(vit.tokens.channels * input.height * input.width), 1);
  Values wanted(static_cast<size_t>(vit.head.classes)), found(wanted.size());
  auto model = std::make_unique<VisionTransformer>(vit, checkpoint.weights, input);
  model->forward(pixels, 1, wanted);
  VisionTransformer twin = model->twin();
  model.reset();
  twin.forward(pixels, 1, found);
  EXPECT_EQ(found, wanted);
}

}  // namespace
}  // namespace saccade
