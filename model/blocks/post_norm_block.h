// The block that normalises what it adds.
#pragma once

#include <memory>
#include <vector>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/layer_norm.h"
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
  PostNormBlock(Runtime& runtime, const PostNormBlock& twin);
  std::unique_ptr<Block> twin(Runtime& runtime) const override;

  void forward(Activations& a, const TokenShape& shape, SharedOps& functions, bool keep_probs,
               BlockTape* tape) override;
  void prepare_backward(int64_t tokens) override;
  void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                SharedOps& functions, Gradients& g, int64_t layer, bool last_wanted) override;
  std::vector<const Linear*> linears() const override;

 private:
  LayerInput as_taken(Precision layer, int64_t rows, Activations& a) const;
  void add_normalized(const LayerNorm& norm, int64_t rows, Activations& a) const;

  int64_t dim_, heads_;
  AttentionLayer attention_;
  LayerNorm norm1_;
  Mlp mlp_;
  LayerNorm norm2_;
};

}  // namespace saccade
