#include "model/kernels/flop_count.h"

#include <gtest/gtest.h>

#include "weights/random_checkpoint.h"

namespace saccade {
namespace {

// By hand, in multiply-adds. ViT-B/16 at 224 has 196 patches and 197 tokens:
//   patches    196 * 768 * 768                        =     115,605,504
//   qkv, proj  197 * 768 * 768 * 4       a block
//   fc1, fc2   197 * 768 * 3072 * 2      a block
//   Q Kᵀ, P V  197 * 197 * 768 * 2       a block
//   blocks     12 * (464,781,312 + 929,562,624 + 59,610,624) = 17,447,454,720
//   head       768 * 1000                             =         768,000
TEST(NominalFlops, OfVitBase) {
  const VitDescription vit = named_vit("vit_base_patch16_224");
  EXPECT_DOUBLE_EQ(nominal_flops(vit, vit.tokens.image), 2.0 * 17'563'828'224);
}

TEST(NominalFlops, FollowTheInput) {
  const VitDescription vit = named_vit("vit_tiny_patch16_224");
  EXPECT_DOUBLE_EQ(nominal_flops(vit, {384, 384}),
                   nominal_flops(named_vit("vit_tiny_patch16_384"), {384, 384}));
}

TEST(NominalFlops, CountEveryClassifier) {
  VitDescription vit = named_vit("vit_small_patch16_224");
  const double one = nominal_flops(vit, vit.tokens.image);
  vit.head.classifiers.push_back({"head_dist", 1});
  EXPECT_DOUBLE_EQ(nominal_flops(vit, vit.tokens.image), one + 2.0 * 384 * 1000);
}

}  // namespace
}  // namespace saccade
