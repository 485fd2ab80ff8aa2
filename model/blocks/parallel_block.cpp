#include "model/blocks/parallel_block.h"

#include <algorithm>

#include "model/layers/parameters.h"

namespace saccade {

ParallelBlock::ParallelBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                             int64_t index, const BlockPlan& plan)
    : Block(vit),
      attention_(runtime, vit, weights, BlockBranch{index}, plan),
      mlp_(runtime, vit, weights, BlockBranch{index}.prefix(), plan.linears),
      attention_norm_(read_norm(weights, BlockBranch{index}.prefix() + "norm1", vit),
                      attention_.precision()),
      mlp_norm_(attention_norm_.norm(), mlp_.precision()) {
  add_linears(attention_, mlp_);
}

// Normalizes twice: attention may need y in another precision than the MLP, and leaves only part
// of it.
void ParallelBlock::run(float* x, const Pass& pass) const {
  const TokenShape& shape = pass.shape;
  float* before = pass.activations.residual.data();
  LayerInput y = attention_norm_(x, shape.rows(), pass);  // [B, T, D]
  keep_queries(x, shape, dim_);                           // x [B, Q, D]
  std::copy_n(x, shape.query_rows() * dim_, before);      // [B, Q, D]
  attention_(y, x, pass);                                 // x += [B, Q, D]
  y = mlp_norm_(before, shape.query_rows(), pass);        // [B, Q, D]
  mlp_(y, x, pass);                                       // x += [B, Q, D]
}

void ParallelBlock::backward_to_attention(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  mlp_.backward(g.x.data(), pass);  // g.y [Q, D]
  std::copy_n(g.y.data(), pass.shape.queries * dim_, g.residual.data());
  attention_.backward_to_probs(g.x.data(), pass);  // [H, Q, T]
}

void ParallelBlock::backward_to_input(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  attention_.backward_to_input(pass);                             // g.y [T, D]
  add(g.residual.data(), pass.shape.queries * dim_, g.y.data());  // and that of the MLP
  show_norm1(attention_norm_.norm(), pass);
  if (pass.ends_here()) return;
  extend_gradient(pass);
  backward_through(attention_norm_.norm(), pass);  // g.x [T, D]
}

}  // namespace saccade
