#include "model/blocks/parallel_block.h"

#include <algorithm>

#include "model/layers/parameters.h"

namespace saccade {

ParallelBlock::ParallelBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                             int64_t index, const BlockPlan& plan)
    : dim_(vit.dim),
      heads_(vit.heads),
      norm_(read_norm(weights, BlockPath{index}.prefix() + "norm1", vit)),
      attention_(runtime, vit, weights, BlockPath{index}, plan),
      mlp_(runtime, vit, weights, BlockPath{index}.prefix(), plan.linears) {}

ParallelBlock::ParallelBlock(Runtime& runtime, const ParallelBlock& twin)
    : dim_(twin.dim_),
      heads_(twin.heads_),
      norm_(twin.norm_),
      attention_(runtime, twin.attention_),
      mlp_(runtime, twin.mlp_) {}

std::unique_ptr<Block> ParallelBlock::twin(Runtime& runtime) const {
  return std::make_unique<ParallelBlock>(runtime, *this);
}

void ParallelBlock::forward(Activations& a, const TokenShape& shape, SharedOps& functions,
                            bool keep_probs, BlockTape* tape) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  BranchTape* path = tape ? &tape->paths[0] : nullptr;
  float* probs = tape ? tape->probs.data() : keep_probs ? a.probs.data() : nullptr;
  if (tape) std::copy_n(a.x.data(), tokens * dim_, tape->x.data());

  const LayerInput normal = input_of(attention_.precision(), a);
  norm_(a.x.data(), tokens, normal);  // [B, T, D]
  clock.lap(LayerKind::norm);
  keep_queries(a.x.data(), shape, dim_);
  std::copy_n(a.x.data(), queries * dim_, a.residual.data());        // [B, Q, D]
  attention_(normal, shape, a, functions, probs, path, a.x.data());  // x += [B, Q, D]

  // Once more, as the MLP takes them in, which may be in another precision.
  const LayerInput again = input_of(mlp_.precision(), a);
  norm_(a.residual.data(), queries, again);  // [B, Q, D]
  clock.lap(LayerKind::norm);
  mlp_(again, queries, a, clock, path, a.x.data());  // x += [B, Q, D]
}

void ParallelBlock::prepare_backward(int64_t tokens) {
  attention_.prepare_backward(tokens);
  mlp_.prepare_backward(tokens);
}

void ParallelBlock::backward(const BlockTape& tape, const BackwardPass& pass,
                             const TokenShape& shape, SharedOps& functions, Gradients& g,
                             int64_t layer, bool last_wanted) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const float* x = tape.x.data() + pass.image * T * dim_;  // [T, D]
  const BranchTape& path = tape.paths[0];
  const Recorded recorded{path, tape.probs.data() + pass.image * heads_ * Q * T};

  mlp_.backward(path, g.x.data(), pass, Q, functions.activation, g);  // g.y [Q, D]
  std::copy_n(g.y.data(), Q * dim_, g.residual.data());
  attention_.backward_to_probs(recorded, g.x.data(), pass, shape, functions, g,
                               g.probs.data());  // [H, Q, T]
  pass.show(GradientStage::attention, layer, recorded.probs, g.probs, heads_ * Q * T);
  const bool wants_norm1 = pass.observer.wants(GradientStage::norm1, layer);
  if (last_wanted && !wants_norm1) return;

  attention_.backward_to_input(recorded, g.probs.data(), pass, shape, functions, g);  // g.y [T, D]
  add(g.residual.data(), Q * dim_, g.y.data());
  if (wants_norm1) {
    norm_(x, T, g.qkv_or_hidden.data());  // [T, D]
    pass.show(GradientStage::norm1, layer, g.qkv_or_hidden.data(), g.y, T * dim_);
  }
  if (last_wanted) return;
  // The other rows went on only through attention.
  std::fill_n(g.x.data() + Q * dim_, (T - Q) * dim_, 0.0f);
  norm_.backward(x, g.y.data(), T, g.x.data(), pass.rule);  // [T, D]
}

std::vector<const Linear*> ParallelBlock::linears() const { return linears_of(attention_, mlp_); }

}  // namespace saccade
