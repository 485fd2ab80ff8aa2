#include "model/layers/pass.h"

#include <algorithm>

#include "model/kernels/convert.h"

namespace saccade {

Pass Pass::in_block(int64_t index, int64_t queries) const {
  Pass pass = *this;
  pass.layer = index;
  pass.shape.queries = queries;
  return pass;
}

Pass Pass::in_branch(int64_t index, int64_t count) const {
  Pass pass = *this;
  pass.branch = index;
  pass.branches = count;
  return pass;
}

void Pass::record(Buffer BlockTape::*place, const float* values, int64_t count) const {
  if (tape) std::copy_n(values, count, (block_tape()->*place).data());
}

AttentionOutput Pass::attention_output(int64_t heads) const {
  AttentionOutput output;
  if (tape) {
    output.probs = block_tape()->probs.data();
    output.halves = branch_tape()->halves.data();
  } else if (observed(Stage::attention)) {
    output.probs = activations.probs.data();
  } else {
    return output;
  }
  const int64_t of_branch = heads * shape.queries * shape.tokens;
  output.probs += branch * of_branch;
  output.stride = branches * of_branch;
  return output;
}

void Pass::observe(Stage stage, FloatView values, int64_t count) const {
  if (!observed(stage)) return;
  const float* shown = as_type(values, count, activations.shown.data()).f32();
  observer->see(stage, layer, {shown, size_t(count)});
}

BackwardPass BackwardPass::in_block(int64_t index, int64_t queries) const {
  BackwardPass pass = *this;
  pass.layer = index;
  pass.shape.queries = queries;
  return pass;
}

BackwardPass BackwardPass::in_branch(int64_t index, int64_t count) const {
  BackwardPass pass = *this;
  pass.branch = index;
  pass.branches = count;
  return pass;
}

RecordedAttention BackwardPass::attention(int64_t heads, int64_t head_dim) const {
  const int64_t map = shape.queries * shape.tokens;
  const BranchTape& tape_of_branch = branch_tape();
  return {
      tape_of_branch.qkv.from(image * 3 * shape.tokens * heads * head_dim),
      recorded(block_tape().probs, branches * heads * map) + branch * heads * map,
      tape_of_branch.halves.size() ? recorded(tape_of_branch.halves, 2 * heads * map) : nullptr};
}

float* BackwardPass::attention_gradient(int64_t heads) const {
  return gradients.probs.data() + branch * heads * shape.queries * shape.tokens;
}

void BackwardPass::show(GradientStage stage, const float* values, const Buffer& values_gradients,
                        int64_t count) const {
  if (!wants(stage)) return;
  observer.see(stage, layer, {values, size_t(count)}, values_gradients.span().first(size_t(count)));
}

}  // namespace saccade
