// The block whose attention and MLP run beside each other.
#pragma once

#include <memory>
#include <vector>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/layer_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Dehghani et al. 2023 (arXiv:2302.05442), section 2, with y = norm1(x):
///   x += attention(y) + mlp(y)
/// LayerScale is in the weights of proj and of the MLP.
class ParallelBlock : public Block {
 public:
  ParallelBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
                const BlockPlan& plan);
  ParallelBlock(Runtime& runtime, const ParallelBlock& twin);
  std::unique_ptr<Block> twin(Runtime& runtime) const override;

  void forward(Activations& a, const TokenShape& shape, SharedOps& functions, bool keep_probs,
               BlockTape* tape) override;
  void prepare_backward(int64_t tokens) override;
  void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                SharedOps& functions, Gradients& g, int64_t layer, bool last_wanted) override;
  std::vector<const Linear*> linears() const override;

 private:
  int64_t dim_, heads_;
  LayerNorm norm_;
  AttentionLayer attention_;
  Mlp mlp_;
};

}  // namespace saccade
