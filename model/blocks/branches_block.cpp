#include "model/blocks/branches_block.h"

#include <algorithm>
#include <string>

#include "model/layers/parameters.h"

namespace saccade {

BranchesBlock::BranchesBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                             int64_t index, const BlockPlan& plan)
    : dim_(vit.dim), heads_(vit.heads) {
  for (int64_t p = 0; p < vit.paths; ++p) {
    const BlockPath path{index, p};
    const std::string name = path.prefix();
    paths_.push_back(
        {read_norm(weights, name + "norm1", vit), AttentionLayer(runtime, vit, weights, path, plan),
         read_norm(weights, name + "norm2", vit), Mlp(runtime, vit, weights, name, plan.linears)});
  }
}

BranchesBlock::BranchesBlock(Runtime& runtime, const BranchesBlock& twin)
    : dim_(twin.dim_), heads_(twin.heads_) {
  for (const Path& path : twin.paths_) {
    paths_.push_back(
        {path.norm1, AttentionLayer(runtime, path.attention), path.norm2, Mlp(runtime, path.mlp)});
  }
}

std::unique_ptr<Block> BranchesBlock::twin(Runtime& runtime) const {
  return std::make_unique<BranchesBlock>(runtime, *this);
}

void BranchesBlock::forward(Activations& a, const TokenShape& shape, SharedOps& functions,
                            bool keep_probs, BlockTape* tape) {
  const int64_t tokens = shape.batch * shape.tokens;
  const int64_t queries = shape.batch * shape.queries;
  const int64_t maps = heads_ * shape.queries * shape.tokens;  // values of a path's
  LayerClock& clock = functions.clock;
  float* probs = tape ? tape->probs.data() : keep_probs ? a.probs.data() : nullptr;
  if (tape) std::copy_n(a.x.data(), tokens * dim_, tape->x.data());

  std::copy_n(a.x.data(), tokens * dim_, a.residual.data());  // [B, T, D]
  keep_queries(a.x.data(), shape, dim_);                      // [B, Q, D]
  for (size_t p = 0; p < paths_.size(); ++p) {
    Path& path = paths_[p];
    const LayerInput normal = input_of(path.attention.precision(), a);
    path.norm1(a.residual.data(), tokens, normal);  // [B, T, D]
    clock.lap(LayerKind::norm);
    const AttentionOutput room(probs ? probs + int64_t(p) * maps : nullptr,
                               std::ssize(paths_) * maps);
    path.attention(normal, shape, a, functions, room, tape ? &tape->paths[p] : nullptr,
                   a.x.data());  // x += [B, Q, D]
  }
  std::copy_n(a.x.data(), queries * dim_, a.residual.data());  // [B, Q, D]
  if (tape) std::copy_n(a.x.data(), queries * dim_, tape->mid.data());
  for (size_t p = 0; p < paths_.size(); ++p) {
    Path& path = paths_[p];
    const LayerInput normal = input_of(path.mlp.precision(), a);
    path.norm2(a.residual.data(), queries, normal);  // [B, Q, D]
    clock.lap(LayerKind::norm);
    path.mlp(normal, queries, a, clock, tape ? &tape->paths[p] : nullptr,
             a.x.data());  // x += [B, Q, D]
  }
}

void BranchesBlock::prepare_backward(int64_t tokens) {
  for (Path& path : paths_) {
    path.attention.prepare_backward(tokens);
    path.mlp.prepare_backward(tokens);
  }
}

void BranchesBlock::backward(const BlockTape& tape, const BackwardPass& pass,
                             const TokenShape& shape, SharedOps& functions, Gradients& g,
                             int64_t layer, bool last_wanted) {
  const int64_t T = shape.tokens, Q = shape.queries, maps = heads_ * Q * T;
  const int64_t all_maps = std::ssize(paths_) * maps;
  const float* x = tape.x.data() + pass.image * T * dim_;      // [T, D]
  const float* mid = tape.mid.data() + pass.image * Q * dim_;  // [Q, D]
  float* probs = tape.probs.data() + pass.image * all_maps;    // [P H, Q, T]
  const auto recorded = [&](size_t p) {
    return Recorded{tape.paths[p], probs + int64_t(p) * maps};
  };
  const auto to_probs = [&](size_t p) {
    paths_[p].attention.backward_to_probs(recorded(p), g.residual.data(), pass, shape, functions, g,
                                          g.probs.data() + int64_t(p) * maps);  // [H, Q, T]
  };

  std::copy_n(g.x.data(), Q * dim_, g.residual.data());
  for (size_t p = 0; p < paths_.size(); ++p) {
    paths_[p].mlp.backward(tape.paths[p], g.residual.data(), pass, Q, functions.activation, g);
    paths_[p].norm2.backward(mid, g.y.data(), Q, g.x.data(), pass.rule);  // g.x [Q, D]
  }
  std::copy_n(g.x.data(), Q * dim_, g.residual.data());
  for (size_t p = 0; p < paths_.size(); ++p) to_probs(p);
  pass.show(GradientStage::attention, layer, probs, g.probs, all_maps);
  const bool wants_norm1 = pass.observer.wants(GradientStage::norm1, layer);
  if (last_wanted && !wants_norm1) return;

  // The other rows went on only through attention.
  std::fill_n(g.x.data() + Q * dim_, (T - Q) * dim_, 0.0f);
  for (size_t p = 0; p < paths_.size(); ++p) {
    to_probs(p);  // again: g.y was another path's since
    paths_[p].attention.backward_to_input(recorded(p), g.probs.data() + int64_t(p) * maps, pass,
                                          shape, functions, g);  // g.y [T, D]
    if (p == 0 && wants_norm1) {
      paths_[p].norm1(x, T, g.qkv_or_hidden.data());  // [T, D]
      pass.show(GradientStage::norm1, layer, g.qkv_or_hidden.data(), g.y, T * dim_);
    }
    if (last_wanted) return;
    paths_[p].norm1.backward(x, g.y.data(), T, g.x.data(), pass.rule);  // [T, D]
  }
}

std::vector<const Linear*> BranchesBlock::linears() const {
  std::vector<const Linear*> all;
  for (const Path& path : paths_) {
    const std::vector<const Linear*> own = linears_of(path.attention, path.mlp);
    all.insert(all.end(), own.begin(), own.end());
  }
  return all;
}

}  // namespace saccade
