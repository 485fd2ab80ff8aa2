// The plain block.
#pragma once

#include <memory>
#include <vector>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/layer_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Pre-norm (Dosovitskiy et al. 2021, equations 2 and 3):
///   x += attention(norm1(x))
///   x += mlp(norm2(x))
/// LayerScale (x += γ ⊙ attention(...), Touvron et al. 2021, equation 2) is in the weights of proj
/// and of the MLP.
class PreNormBlock : public Block {
 public:
  PreNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
               const BlockPlan& plan);
  PreNormBlock(Runtime& runtime, const PreNormBlock& twin);
  std::unique_ptr<Block> twin(Runtime& runtime) const override;

  void forward(Activations& a, const TokenShape& shape, SharedOps& functions, bool keep_probs,
               BlockTape* tape) override;
  void prepare_backward(int64_t tokens) override;
  void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                SharedOps& functions, Gradients& g, int64_t layer, bool last_wanted) override;
  std::vector<const Linear*> linears() const override;

 private:
  int64_t dim_, heads_;
  LayerNorm norm1_;
  AttentionLayer attention_;
  LayerNorm norm2_;
  Mlp mlp_;
};

}  // namespace saccade
