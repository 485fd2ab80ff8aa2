// Self-attention with the layers around it.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "model/kernels/runtime.h"
#include "model/layers/attention_kind.h"
#include "model/layers/block_plan.h"
#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "model/layers/pass.h"
#include "model/layers/qk_norm.h"
#include "model/layers/rope.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// proj(norm(A V)) with A = softmax(Q Kᵀ / √d), or another kind of attention, and Q, K, V = qkv(y).
/// The norm, norms of Q and K, rotary positions and a position bias in A are there in models that
/// have them. LayerScale is in the weights of proj.
class AttentionLayer {
 public:
  AttentionLayer(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                 const BlockBranch& branch, const BlockPlan& plan);

  static ActivationWidths activation_widths(const VitDescription& vit);
  static TapeWidths tape_widths(const VitDescription& vit);
  static GradientWidths gradient_widths(const VitDescription& vit);

  /// The precision in which it takes its input.
  Precision precision() const { return qkv_.precision(); }

  /// x [B, Q, D] += attention of y [B, T, D]. Of y only the first Q rows of each image are left.
  void operator()(const LayerInput& y, float* x, const Pass& pass) const;

  /// For one image: dx [Q, D] -> the gradient of its probabilities [H, Q, T], where the pass has
  /// it, and that of what heads mix, in gradients.y [Q, D].
  void backward_to_probs(const float* dx, const BackwardPass& pass) const;
  /// From there on: to that of its input, in gradients.y [T, D]. Overwrites that of the
  /// probabilities.
  void backward_to_input(const BackwardPass& pass) const;

  std::vector<Linear*> linears() { return {&qkv_, &proj_}; }

 private:
  void project(const LayerInput& y, FloatView qkv, const Pass& pass) const;
  void normalize_context(FloatView context, const Pass& pass) const;

  int64_t dim_, heads_, key_parts_;
  FloatType type_;
  Linear qkv_;  // three parts, Wq, Wk and Wv
  std::optional<QkNorm> qk_norm_;
  std::shared_ptr<const Rope> rope_;  // or nullptr
  std::unique_ptr<const AttentionKind> attention_;
  std::optional<LayerNorm> context_norm_;  // of D columns, or of each head's
  Linear proj_;
};

}  // namespace saccade
