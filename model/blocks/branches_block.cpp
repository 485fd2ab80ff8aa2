#include "model/blocks/branches_block.h"

#include <algorithm>
#include <iterator>

#include "model/layers/parameters.h"

namespace saccade {

BranchesBlock::Branch::Branch(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                              const BlockBranch& branch, const BlockPlan& plan)
    : attention(runtime, vit, weights, branch, plan),
      mlp(runtime, vit, weights, branch.prefix(), plan.linears),
      norm1(read_norm(weights, branch.prefix() + "norm1", vit), attention.precision()),
      norm2(read_norm(weights, branch.prefix() + "norm2", vit), mlp.precision()) {}

BranchesBlock::BranchesBlock(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                             int64_t index, const BlockPlan& plan)
    : Block(vit) {
  parts_.reserve(size_t(branches_));  // linears() keeps pointers
  for (int64_t i = 0; i < branches_; ++i) {
    Branch& branch = parts_.emplace_back(runtime, vit, weights, BlockBranch{index, i}, plan);
    add_linears(branch.attention, branch.mlp);
  }
}

// body(branch, index)
template <typename Body>
void BranchesBlock::for_branches(const Body& body) const {
  for (int64_t i = 0; i < branches_; ++i) body(parts_[size_t(i)], i);
}

void BranchesBlock::run(float* x, const Pass& pass) const {
  const TokenShape& shape = pass.shape;
  float* before = pass.activations.residual.data();
  std::copy_n(x, shape.rows() * dim_, before);  // [B, T, D]
  keep_queries(x, shape, dim_);                 // x [B, Q, D]
  for_branches([&](const Branch& branch, int64_t i) {
    const LayerInput y = branch.norm1(before, shape.rows(), pass);  // [B, T, D]
    branch.attention(y, x, pass.in_branch(i, branches_));           // x += [B, Q, D]
  });
  pass.record(&BlockTape::mid, x, shape.query_rows() * dim_);
  std::copy_n(x, shape.query_rows() * dim_, before);  // [B, Q, D]
  for_branches([&](const Branch& branch, int64_t i) {
    const LayerInput y = branch.norm2(before, shape.query_rows(), pass);  // [B, Q, D]
    branch.mlp(y, x, pass.in_branch(i, branches_));                       // x += [B, Q, D]
  });
}

void BranchesBlock::backward_to_attention(const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const int64_t Q = pass.shape.queries;
  const float* mid = pass.recorded(pass.block_tape().mid, Q * dim_);
  std::copy_n(g.x.data(), Q * dim_, g.residual.data());
  for_branches([&](const Branch& branch, int64_t i) {
    branch.mlp.backward(g.residual.data(), pass.in_branch(i, branches_));     // g.y [Q, D]
    branch.norm2.norm().backward(mid, g.y.data(), Q, g.x.data(), pass.rule);  // g.x [Q, D]
  });
  std::copy_n(g.x.data(), Q * dim_, g.residual.data());
  for_branches([&](const Branch& branch, int64_t i) {
    branch.attention.backward_to_probs(g.residual.data(), pass.in_branch(i, branches_));
  });
}

void BranchesBlock::backward_to_input(const BackwardPass& pass) const {
  const float* dx = pass.gradients.residual.data();  // [Q, D]
  extend_gradient(pass);
  for_branches([&](const Branch& branch, int64_t i) {
    if (pass.ends_here() && i > 0) return;  // only branch 0 is shown
    const BackwardPass own = pass.in_branch(i, branches_);
    branch.attention.backward_to_probs(dx, own);  // again: g.y was another branch's since
    branch.attention.backward_to_input(own);      // g.y [T, D]
    if (i == 0) show_norm1(branch.norm1.norm(), pass);
    backward_through(branch.norm1.norm(), pass);  // g.x [T, D]
  });
}

}  // namespace saccade
