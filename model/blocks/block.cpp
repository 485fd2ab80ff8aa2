#include "model/blocks/block.h"

#include <algorithm>

#include "model/blocks/branches_block.h"
#include "model/blocks/parallel_block.h"
#include "model/blocks/post_norm_block.h"
#include "model/blocks/pre_norm_block.h"
#include "model/kernels/parallel.h"

namespace saccade {
namespace {

// Pre-norm blocks add to x as they go; the others keep a copy.
int64_t residual_width(const VitDescription& vit) {
  return vit.block.kind != BlockKind::pre_norm ? vit.dim : 0;
}

}  // namespace

Block::Block(const VitDescription& vit)
    : dim_(vit.dim), heads_(vit.attention.heads), branches_(vit.block.branches) {}

void Block::add_linears(AttentionLayer& attention, Mlp& mlp) {
  for (Linear* linear : attention.linears()) linears_.push_back(linear);
  for (Linear* linear : mlp.linears()) linears_.push_back(linear);
}

void Block::forward(float* x, const Pass& pass) const {
  const TokenShape& shape = pass.shape;
  pass.record(&BlockTape::x, x, shape.rows() * dim_);
  run(x, pass);  // [B, Q, D]
  const int64_t maps = branches_ * heads_ * shape.queries * shape.tokens;
  pass.observe(Stage::attention,
               pass.tape ? pass.block_tape()->probs.data() : pass.activations.probs.data(),
               shape.batch * maps);
  pass.observe(Stage::block, x, shape.query_rows() * dim_);
}

void Block::backward(const BackwardPass& pass) const {
  const int64_t count = branches_ * heads_ * pass.shape.queries * pass.shape.tokens;
  backward_to_attention(pass);  // [H, Q, T]
  pass.show(GradientStage::attention, pass.recorded(pass.block_tape().probs, count),
            pass.gradients.probs, count);
  if (!pass.ends_here() || pass.wants(GradientStage::norm1)) backward_to_input(pass);
}

void Block::prepare_backward(int64_t tokens, Runtime& runtime) {
  for (Linear* linear : linears_) linear->prepare_backward(tokens, runtime);
}

void Block::backward_through(const LayerNorm& norm, const BackwardPass& pass) const {
  const int64_t T = pass.shape.tokens;
  norm.backward(pass.recorded(pass.block_tape().x, T * dim_), pass.gradients.y.data(), T,
                pass.gradients.x.data(), pass.rule);
}

void Block::show_norm1(const LayerNorm& norm, const BackwardPass& pass) const {
  if (!pass.wants(GradientStage::norm1)) return;
  const int64_t T = pass.shape.tokens;
  float* normal = pass.gradients.wide.data();  // [T, D]
  norm(pass.recorded(pass.block_tape().x, T * dim_), T, FloatView(normal));
  pass.show(GradientStage::norm1, normal, pass.gradients.y, T * dim_);
}

void Block::extend_gradient(const BackwardPass& pass) const {
  const int64_t T = pass.shape.tokens, Q = pass.shape.queries;
  std::fill_n(pass.gradients.x.data() + Q * dim_, (T - Q) * dim_, 0.0f);
}

std::unique_ptr<Block> make_block(Runtime& runtime, const VitDescription& vit,
                                  const Weights& weights, int64_t index, const BlockPlan& plan) {
  switch (vit.block.kind) {
    case BlockKind::pre_norm:
      return std::make_unique<PreNormBlock>(runtime, vit, weights, index, plan);
    case BlockKind::post_norm:
      return std::make_unique<PostNormBlock>(runtime, vit, weights, index, plan);
    case BlockKind::parallel:
      return std::make_unique<ParallelBlock>(runtime, vit, weights, index, plan);
    case BlockKind::branches:
      return std::make_unique<BranchesBlock>(runtime, vit, weights, index, plan);
  }
  return nullptr;
}

ActivationWidths activation_widths(const VitDescription& vit) {
  const ActivationWidths own{.residual = residual_width(vit)};
  return own.with(AttentionLayer::activation_widths(vit)).with(Mlp::activation_widths(vit));
}

BlockTapeWidths tape_widths(const VitDescription& vit) {
  return {.dim = vit.dim,
          .attended = vit.block.kind == BlockKind::post_norm ? vit.dim : 0,
          .maps = vit.maps(),
          .branches = vit.block.branches,
          .branch = AttentionLayer::tape_widths(vit).with(Mlp::tape_widths(vit))};
}

GradientWidths gradient_widths(const VitDescription& vit) {
  const GradientWidths own{.residual = residual_width(vit)};
  return own.with(AttentionLayer::gradient_widths(vit)).with(Mlp::gradient_widths(vit));
}

void add(const float* values, int64_t count, float* sum) {
  constexpr int64_t kPart = 16384;
  parallel_for((count + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t end = std::min((part + 1) * kPart, count);
    for (int64_t i = part * kPart; i < end; ++i) sum[i] += values[i];
  });
}

}  // namespace saccade
