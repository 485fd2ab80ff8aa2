#include "model/blocks/post_norm_block.h"

#include <algorithm>

#include "model/kernels/convert.h"
#include "model/layers/parameters.h"

namespace saccade {

PostNormBlock::PostNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                             int64_t index, const BlockPlan& plan)
    : Block(vit),
      attention_(runtime, vit, weights, BlockBranch{index}, plan),
      norm1_(read_norm(weights, BlockBranch{index}.prefix() + "norm1", vit)),
      mlp_(runtime, vit, weights, BlockBranch{index}.prefix(), plan.linears),
      norm2_(read_norm(weights, BlockBranch{index}.prefix() + "norm2", vit)) {
  add_linears(attention_, mlp_);
}

void PostNormBlock::run(float* x, const Pass& pass) const {
  const TokenShape& shape = pass.shape;
  LayerInput y = input_of(attention_.precision(), x, shape.rows(), pass);  // [B, T, D]
  float* sum = cleared_sum(pass);                                          // [B, Q, D]
  attention_(y, sum, pass);                                                // sum += [B, Q, D]
  pass.record(&BlockTape::attended, sum, shape.query_rows() * dim_);
  keep_queries(x, shape, dim_);     // x [B, Q, D]
  add_normalized(norm1_, x, pass);  // x += [B, Q, D]

  y = input_of(mlp_.precision(), x, shape.query_rows(), pass);  // [B, Q, D]
  sum = cleared_sum(pass);                                      // [B, Q, D]
  mlp_(y, sum, pass);                                           // sum += [B, Q, D]
  pass.record(&BlockTape::mid, sum, shape.query_rows() * dim_);
  add_normalized(norm2_, x, pass);  // x += [B, Q, D]
}

// x [rows, D] in the form that a layer takes. A copy, because attention moves its rows.
LayerInput PostNormBlock::input_of(Precision layer, const float* x, int64_t rows,
                                   const Pass& pass) const {
  const auto timer = pass.time(LayerKind::norm);
  const LayerInput y = pass.activations.input_for(layer);
  const FloatView values = const_cast<float*>(x);
  if (const auto* quantized = std::get_if<QuantizedRows>(&y)) {
    quantize_rows(values, rows, dim_, *quantized);
  } else {
    convert(values, rows * dim_, std::get<FloatView>(y));
  }
  return y;
}

// Zeros [B, Q, D], for a layer to add to.
float* PostNormBlock::cleared_sum(const Pass& pass) const {
  const auto timer = pass.time(LayerKind::norm);
  float* sum = pass.activations.residual.data();
  std::fill_n(sum, pass.shape.query_rows() * dim_, 0.0f);
  return sum;
}

// x [B, Q, D] += norm(sum), which is overwritten.
void PostNormBlock::add_normalized(const LayerNorm& norm, float* x, const Pass& pass) const {
  const auto timer = pass.time(LayerKind::norm);
  float* sum = pass.activations.residual.data();
  norm.in_place(sum, pass.shape.query_rows());
  add(sum, pass.shape.query_rows() * dim_, x);
}

void PostNormBlock::backward_to_attention(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t Q = pass.shape.queries;
  // g.x, through a norm whose input was recorded, to g.residual [Q, D].
  const auto through = [&](const LayerNorm& norm, const Buffer& input) {
    std::fill_n(g.residual.data(), Q * dim_, 0.0f);
    norm.backward(pass.recorded(input, Q * dim_), g.x.data(), Q, g.residual.data(), pass.rule);
  };
  through(norm2_, pass.block_tape().mid);
  mlp_.backward(g.residual.data(), pass);  // g.y [Q, D]
  add(g.y.data(), Q * dim_, g.x.data());   // g.x [Q, D]
  through(norm1_, pass.block_tape().attended);
  attention_.backward_to_probs(g.residual.data(), pass);  // [H, Q, T]
}

void PostNormBlock::backward_to_input(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t count = pass.shape.tokens * dim_;
  attention_.backward_to_input(pass);  // g.y [T, D]
  extend_gradient(pass);
  add(g.y.data(), count, g.x.data());  // g.x [T, D]
  pass.show(GradientStage::norm1, pass.recorded(pass.block_tape().x, count), g.x, count);
}

}  // namespace saccade
