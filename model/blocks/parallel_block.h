// The block whose attention and MLP run side by side.
#pragma once

#include <cstdint>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/input_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Dehghani et al. 2023 (arXiv:2302.05442), section 2, with y = norm(x):
///   x += attention(y) + mlp(y)
class ParallelBlock : public Block {
 public:
  ParallelBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
                const BlockPlan& plan);

 private:
  void run(float* x, const Pass& pass) const override;
  void backward_to_attention(const BackwardPass& pass) const override;
  void backward_to_input(const BackwardPass& pass) const override;

  AttentionLayer attention_;
  Mlp mlp_;
  InputNorm attention_norm_, mlp_norm_;  // the same norm, for two precisions
};

}  // namespace saccade
