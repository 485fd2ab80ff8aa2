#include "weights/random_checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

TEST(RandomCheckpoint, EveryNamedShape) {
  const std::vector<std::string> names = random_architectures();
  EXPECT_EQ(names.size(), 24u);
  const VitDescription large = named_vit("vit_large_patch14_224");
  EXPECT_EQ(large.dim, 1024);
  EXPECT_EQ(large.depth, 24);
  EXPECT_EQ(large.attention.heads, 16);
  EXPECT_EQ(large.mlp.hidden_dim, 4096);
  EXPECT_EQ(large.tokens.count(large.tokens.image), 257);
  const VitDescription small = named_vit("vit_small_patch32_384");
  EXPECT_EQ(small.dim, 384);
  EXPECT_EQ(small.attention.heads, 6);
  EXPECT_EQ(small.tokens.count(small.tokens.image), 145);
}

TEST(RandomCheckpoint, AnUnknownNameListsWhatThereIs) {
  test::expect_error<UsageError>(
      [] { named_vit("vit_huge_patch14_224"); },
      {"vit_huge_patch14_224", "vit_tiny_patch16_224", "vit_large_patch32_384"});
}

TEST(RandomCheckpoint, HoldsWeightsWithoutAFile) {
  const Checkpoint checkpoint = random_checkpoint("vit_tiny_patch32_224");
  EXPECT_EQ(checkpoint.input_size(), (ImageSize{224, 224}));
  EXPECT_EQ(checkpoint.weights.parameter_count(), 6'131'560);  // by hand
  const std::vector<float> norms = checkpoint.weights.read("blocks.3.norm2.weight");
  EXPECT_EQ(std::count(norms.begin(), norms.end(), 1.0f), 192);
  double sum = 0, squares = 0;
  const std::vector<float> values = checkpoint.weights.read("blocks.11.mlp.fc1.weight");
  for (const float value : values) {
    sum += value;
    squares += double(value) * value;
  }
  const double count = double(values.size());
  EXPECT_NEAR(sum / count, 0, 4 * 0.02 / std::sqrt(count));
  EXPECT_NEAR(std::sqrt(squares / count), 0.02, 0.0002);
  EXPECT_TRUE(checkpoint.weights.rows_in_place("blocks.0.attn.qkv.weight", 0, 192));
}

TEST(RandomCheckpoint, SeedsDecide) {
  const auto head = [](uint64_t seed) {
    return random_checkpoint("vit_tiny_patch32_224", seed).weights.read("head.weight");
  };
  const std::vector<float> first = head(1);
  EXPECT_EQ(first, head(1));
  EXPECT_NE(first, head(2));
}

}  // namespace
}  // namespace saccade
