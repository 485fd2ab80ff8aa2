#include "model/blocks/pre_norm_block.h"

#include "model/layers/parameters.h"

namespace saccade {

PreNormBlock::PreNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                           int64_t index, const BlockPlan& plan)
    : Block(vit),
      attention_(runtime, vit, weights, BlockBranch{index}, plan),
      mlp_(runtime, vit, weights, BlockBranch{index}.prefix(), plan.linears),
      norm1_(read_norm(weights, BlockBranch{index}.prefix() + "norm1", vit),
             attention_.precision()),
      norm2_(read_norm(weights, BlockBranch{index}.prefix() + "norm2", vit), mlp_.precision()) {
  add_linears(attention_, mlp_);
}

void PreNormBlock::run(float* x, const Pass& pass) const {
  const TokenShape& shape = pass.shape;
  LayerInput y = norm1_(x, shape.rows(), pass);  // [B, T, D]
  keep_queries(x, shape, dim_);                  // x [B, Q, D]
  attention_(y, x, pass);                        // x += [B, Q, D]
  pass.record(&BlockTape::mid, x, shape.query_rows() * dim_);
  y = norm2_(x, shape.query_rows(), pass);  // [B, Q, D]
  mlp_(y, x, pass);                         // x += [B, Q, D]
}

void PreNormBlock::backward_to_attention(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t Q = pass.shape.queries;
  mlp_.backward(g.x.data(), pass);  // g.y [Q, D]
  norm2_.norm().backward(pass.recorded(pass.block_tape().mid, Q * dim_), g.y.data(), Q, g.x.data(),
                         pass.rule);               // g.x [Q, D]
  attention_.backward_to_probs(g.x.data(), pass);  // [H, Q, T]
}

void PreNormBlock::backward_to_input(const BackwardPass& pass) const {
  attention_.backward_to_input(pass);  // g.y [T, D]
  show_norm1(norm1_.norm(), pass);
  if (pass.ends_here()) return;
  extend_gradient(pass);
  backward_through(norm1_.norm(), pass);  // g.x [T, D]
}

}  // namespace saccade
