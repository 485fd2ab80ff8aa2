// The block of several attention layers, then several MLPs.
#pragma once

#include <cstdint>
#include <vector>

#include "model/blocks/block.h"
#include "model/layers/attention_layer.h"
#include "model/layers/input_norm.h"
#include "model/layers/mlp.h"

namespace saccade {

/// Parallel branches (Touvron et al. 2022, arXiv:2203.09795, section 3; timm's
/// ParallelThingsBlock):
///   x += Σ attention_b(norm1_b(x))
///   x += Σ mlp_b(norm2_b(x))
/// Its attention has the heads of all branches, one branch's after the other's; its first norm is
/// that of branch 0.
class BranchesBlock : public Block {
 public:
  BranchesBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights, int64_t index,
                const BlockPlan& plan);

 private:
  void run(float* x, const Pass& pass) const override;
  void backward_to_attention(const BackwardPass& pass) const override;
  void backward_to_input(const BackwardPass& pass) const override;

  struct Branch {
    Branch(Runtime& runtime, const VitDescription& vit, const Weights& weights,
           const BlockBranch& branch, const BlockPlan& plan);
    AttentionLayer attention;
    Mlp mlp;
    InputNorm norm1, norm2;
  };
  template <typename Body>
  void for_branches(const Body& body) const;

  std::vector<Branch> parts_;
};

}  // namespace saccade
