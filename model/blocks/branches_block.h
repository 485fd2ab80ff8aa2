// The block of several attention layers, then several MLPs.
#pragma once

#include <memory>
#include <vector>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/layer_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Parallel paths (Touvron et al. 2022, arXiv:2203.09795, section 3):
///   x += Σ attention_p(norm1_p(x))
///   x += Σ mlp_p(norm2_p(x))
/// LayerScale is in the weights of proj and of the MLPs. Its attention has the heads of all paths,
/// one path's after the other's; its first norm is that of path 0.
class BranchesBlock : public Block {
 public:
  BranchesBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
                const BlockPlan& plan);
  BranchesBlock(Runtime& runtime, const BranchesBlock& twin);
  std::unique_ptr<Block> twin(Runtime& runtime) const override;

  void forward(Activations& a, const TokenShape& shape, SharedOps& functions, bool keep_probs,
               BlockTape* tape) override;
  void prepare_backward(int64_t tokens) override;
  void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                SharedOps& functions, Gradients& g, int64_t layer, bool last_wanted) override;
  std::vector<const Linear*> linears() const override;

 private:
  struct Path {
    LayerNorm norm1;
    AttentionLayer attention;
    LayerNorm norm2;
    Mlp mlp;
  };

  int64_t dim_, heads_;
  std::vector<Path> paths_;
};

}  // namespace saccade
