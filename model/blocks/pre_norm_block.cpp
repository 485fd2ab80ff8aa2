#include "model/blocks/pre_norm_block.h"

#include <algorithm>

#include "model/layers/parameters.h"

namespace saccade {

PreNormBlock::PreNormBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                           int64_t index, const BlockPlan& plan)
    : dim_(vit.dim),
      heads_(vit.heads),
      norm1_(read_norm(weights, BlockPath{index}.prefix() + "norm1", vit)),
      attention_(runtime, vit, weights, BlockPath{index}, plan),
      norm2_(read_norm(weights, BlockPath{index}.prefix() + "norm2", vit)),
      mlp_(runtime, vit, weights, BlockPath{index}.prefix(), plan.linears) {}

PreNormBlock::PreNormBlock(Runtime& runtime, const PreNormBlock& twin)
    : dim_(twin.dim_),
      heads_(twin.heads_),
      norm1_(twin.norm1_),
      attention_(runtime, twin.attention_),
      norm2_(twin.norm2_),
      mlp_(runtime, twin.mlp_) {}

std::unique_ptr<Block> PreNormBlock::twin(Runtime& runtime) const {
  return std::make_unique<PreNormBlock>(runtime, *this);
}

void PreNormBlock::forward(Activations& a, const TokenShape& shape, SharedOps& functions,
                           bool keep_probs, BlockTape* tape) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  LayerClock& clock = functions.clock;
  BranchTape* path = tape ? &tape->paths[0] : nullptr;
  float* probs = tape ? tape->probs.data() : keep_probs ? a.probs.data() : nullptr;
  if (tape) std::copy_n(a.x.data(), tokens * dim_, tape->x.data());

  const LayerInput normal1 = input_of(attention_.precision(), a);
  norm1_(a.x.data(), tokens, normal1);  // [B, T, D]
  clock.lap(LayerKind::norm);
  keep_queries(a.x.data(), shape, dim_);                              // [B, Q, D]
  attention_(normal1, shape, a, functions, probs, path, a.x.data());  // x += [B, Q, D]

  const LayerInput normal2 = input_of(mlp_.precision(), a);
  norm2_(a.x.data(), queries, normal2);  // [B, Q, D]
  clock.lap(LayerKind::norm);
  if (tape) std::copy_n(a.x.data(), queries * dim_, tape->mid.data());
  mlp_(normal2, queries, a, clock, path, a.x.data());  // x += [B, Q, D]
}

void PreNormBlock::prepare_backward(int64_t tokens) {
  attention_.prepare_backward(tokens);
  mlp_.prepare_backward(tokens);
}

void PreNormBlock::backward(const BlockTape& tape, const BackwardPass& pass,
                            const TokenShape& shape, SharedOps& functions, Gradients& g,
                            int64_t layer, bool last_wanted) {
  const int64_t T = shape.tokens, Q = shape.queries;
  const float* x = tape.x.data() + pass.image * T * dim_;      // [T, D]
  const float* mid = tape.mid.data() + pass.image * Q * dim_;  // [Q, D]
  const Recorded recorded{tape.paths[0], tape.probs.data() + pass.image * heads_ * Q * T};

  mlp_.backward(tape.paths[0], g.x.data(), pass, Q, functions.activation, g);  // g.y [Q, D]
  norm2_.backward(mid, g.y.data(), Q, g.x.data(), pass.rule);                  // g.x [Q, D]
  attention_.backward_to_probs(recorded, g.x.data(), pass, shape, functions, g,
                               g.probs.data());  // [H, Q, T]
  pass.show(GradientStage::attention, layer, recorded.probs, g.probs, heads_ * Q * T);
  const bool wants_norm1 = pass.observer.wants(GradientStage::norm1, layer);
  if (last_wanted && !wants_norm1) return;

  attention_.backward_to_input(recorded, g.probs.data(), pass, shape, functions, g);  // g.y [T, D]
  if (wants_norm1) {
    norm1_(x, T, g.qkv_or_hidden.data());  // [T, D]
    pass.show(GradientStage::norm1, layer, g.qkv_or_hidden.data(), g.y, T * dim_);
  }
  if (last_wanted) return;
  // The other rows went on only through attention.
  std::fill_n(g.x.data() + Q * dim_, (T - Q) * dim_, 0.0f);
  norm1_.backward(x, g.y.data(), T, g.x.data(), pass.rule);  // [T, D]
}

std::vector<const Linear*> PreNormBlock::linears() const { return linears_of(attention_, mlp_); }

}  // namespace saccade
