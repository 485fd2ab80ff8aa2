#include "model/blocks/post_norm_block.h"

#include <algorithm>

#include "model/kernels/convert.h"
#include "model/layers/parameters.h"

namespace saccade {

PostNormBlock::PostNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                             int64_t index, const BlockPlan& plan)
    : dim_(vit.dim),
      heads_(vit.heads),
      attention_(runtime, vit, weights, BlockPath{index}, plan),
      norm1_(read_norm(weights, BlockPath{index}.prefix() + "norm1", vit)),
      mlp_(runtime, vit, weights, BlockPath{index}.prefix(), plan.linears),
      norm2_(read_norm(weights, BlockPath{index}.prefix() + "norm2", vit)) {}

PostNormBlock::PostNormBlock(Runtime& runtime, const PostNormBlock& twin)
    : dim_(twin.dim_),
      heads_(twin.heads_),
      attention_(runtime, twin.attention_),
      norm1_(twin.norm1_),
      mlp_(runtime, twin.mlp_),
      norm2_(twin.norm2_) {}

std::unique_ptr<Block> PostNormBlock::twin(Runtime& runtime) const {
  return std::make_unique<PostNormBlock>(runtime, *this);
}

// x [rows, D] as a layer takes it in: a copy, for attention moves its rows.
LayerInput PostNormBlock::as_taken(Precision layer, int64_t rows, Activations& a) const {
  const LayerInput taken = input_of(layer, a);
  if (const auto* quantized = std::get_if<QuantizedRows>(&taken)) {
    quantize_rows(a.x.data(), rows, dim_, *quantized);
  } else {
    convert(a.x.data(), rows * dim_, std::get<FloatView>(taken));
  }
  return taken;
}

// x [rows, D] += norm(a.residual), which is lost.
void PostNormBlock::add_normalized(const LayerNorm& norm, int64_t rows, Activations& a) const {
  norm.in_place(a.residual.data(), rows);
  add(a.residual.data(), rows * dim_, a.x.data());
}

void PostNormBlock::forward(Activations& a, const TokenShape& shape, SharedOps& functions,
                            bool keep_probs, BlockTape* tape) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  BranchTape* path = tape ? &tape->paths[0] : nullptr;
  float* probs = tape ? tape->probs.data() : keep_probs ? a.probs.data() : nullptr;
  if (tape) std::copy_n(a.x.data(), tokens * dim_, tape->x.data());

  const LayerInput taken1 = as_taken(attention_.precision(), tokens, a);  // [B, T, D]
  std::fill_n(a.residual.data(), queries * dim_, 0.0f);
  clock.lap(LayerKind::norm);
  attention_(taken1, shape, a, functions, probs, path, a.residual.data());  // [B, Q, D]
  if (tape) std::copy_n(a.residual.data(), queries * dim_, tape->attended.data());
  keep_queries(a.x.data(), shape, dim_);
  add_normalized(norm1_, queries, a);  // x += [B, Q, D]

  const LayerInput taken2 = as_taken(mlp_.precision(), queries, a);  // [B, Q, D]
  std::fill_n(a.residual.data(), queries * dim_, 0.0f);
  clock.lap(LayerKind::norm);
  mlp_(taken2, queries, a, clock, path, a.residual.data());  // [B, Q, D]
  if (tape) std::copy_n(a.residual.data(), queries * dim_, tape->mid.data());
  add_normalized(norm2_, queries, a);  // x += [B, Q, D]
  clock.lap(LayerKind::norm);
}

void PostNormBlock::prepare_backward(int64_t tokens) {
  attention_.prepare_backward(tokens);
  mlp_.prepare_backward(tokens);
}

void PostNormBlock::backward(const BlockTape& tape, const BackwardPass& pass,
                             const TokenShape& shape, SharedOps& functions, Gradients& g,
                             int64_t layer, bool last_wanted) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const int64_t image = pass.image * Q * dim_;
  const Recorded recorded{tape.paths[0], tape.probs.data() + pass.image * heads_ * Q * T};
  // g.x through a norm to g.residual, that of what was normalised.
  const auto through = [&](const LayerNorm& norm, const Buffer& normalized) {
    std::fill_n(g.residual.data(), Q * dim_, 0.0f);
    norm.backward(normalized.data() + image, g.x.data(), Q, g.residual.data(), pass.rule);
  };

  through(norm2_, tape.mid);                                                          // [Q, D]
  mlp_.backward(tape.paths[0], g.residual.data(), pass, Q, functions.activation, g);  // g.y [Q, D]
  add(g.y.data(), Q * dim_, g.x.data());
  through(norm1_, tape.attended);  // [Q, D]
  attention_.backward_to_probs(recorded, g.residual.data(), pass, shape, functions, g,
                               g.probs.data());  // [H, Q, T]
  pass.show(GradientStage::attention, layer, recorded.probs, g.probs, heads_ * Q * T);
  if (last_wanted && !pass.observer.wants(GradientStage::norm1, layer)) return;

  attention_.backward_to_input(recorded, g.probs.data(), pass, shape, functions, g);  // g.y [T, D]
  // The other rows went on only through attention.
  std::fill_n(g.x.data() + Q * dim_, (T - Q) * dim_, 0.0f);
  add(g.y.data(), T * dim_, g.x.data());  // [T, D]
  const float* x = tape.x.data() + pass.image * T * dim_;
  pass.show(GradientStage::norm1, layer, x, g.x, T * dim_);
}

std::vector<const Linear*> PostNormBlock::linears() const { return linears_of(attention_, mlp_); }

}  // namespace saccade
