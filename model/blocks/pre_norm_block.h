// The plain block.
#pragma once

#include <cstdint>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/input_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Pre-norm (Dosovitskiy et al. 2021, equations 2 and 3):
///   x += attention(norm1(x))
///   x += mlp(norm2(x))
class PreNormBlock : public Block {
 public:
  PreNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
               const BlockPlan& plan);

 private:
  void run(float* x, const Pass& pass) const override;
  void backward_to_attention(const BackwardPass& pass) const override;
  void backward_to_input(const BackwardPass& pass) const override;

  AttentionLayer attention_;
  Mlp mlp_;
  InputNorm norm1_, norm2_;
};

}  // namespace saccade
