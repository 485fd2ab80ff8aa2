// The block that normalizes what it adds.
#pragma once

#include <cstdint>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/input_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Residual post-norm (Liu et al. 2022, arXiv:2111.09883, section 3.2; Sun et al. 2023,
/// arXiv:2303.15389):
///   x += norm1(attention(x))
///   x += norm2(mlp(x))
class PostNormBlock : public Block {
 public:
  PostNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
                const BlockPlan& plan);

 private:
  void run(float* x, const Pass& pass) const override;
  void backward_to_attention(const BackwardPass& pass) const override;
  void backward_to_input(const BackwardPass& pass) const override;
  LayerInput input_of(Precision layer, const float* x, int64_t rows, const Pass& pass) const;
  float* cleared_sum(const Pass& pass) const;
  void add_normalized(const LayerNorm& norm, float* x, const Pass& pass) const;

  AttentionLayer attention_;
  LayerNorm norm1_;
  Mlp mlp_;
  LayerNorm norm2_;
};

}  // namespace saccade
