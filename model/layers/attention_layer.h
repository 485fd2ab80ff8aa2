// Self-attention with the layers around it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/layers/activations.h"
#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "model/layers/pass.h"
#include "model/layers/qk_norm.h"
#include "model/layers/rope.h"
#include "model/layers/self_attention.h"
#include "model/layers/tape.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// What the way back needs of the way there.
struct Recorded {
  const BranchTape& tape;
  float* probs;  ///< of the image, [H, Q, T]
};

/// proj(softmax(Q Kᵀ / √d) V), Q, K, V = qkv(y): Q and K normalised and rotated where a model does
/// that, and what is mixed normalised. To Q Kᵀ / √d a model may add a bias for the distance of
/// tokens; or its attention is differential, with a λ of each layer.
class AttentionLayer {
 public:
  AttentionLayer(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                 const BlockPath& path, const BlockPlan& plan);
  /// On the same weights, by another runtime.
  AttentionLayer(Runtime& runtime, const AttentionLayer& twin);

  /// The precision in which it takes in what operator() is given.
  Precision precision() const { return qkv_.precision(); }

  /// Adds to `to` [B, Q, D] what comes of y [B, T, D], of which [B, Q, D] is left. Unless it is
  /// null, `probs` gets the attention. With a tape, what the way back needs is on it afterwards.
  void operator()(const LayerInput& y, const TokenShape& shape, Activations& a,
                  SharedOps& functions, AttentionOutput probs, BranchTape* tape, float* to);

  /// Packs the transposed weights, once: needed before the way back.
  void prepare_backward(int64_t tokens);

  /// One image's gradients: dy [Q, D] of what it added -> dprobs [H, Q, T] of attention, and g.y
  /// [Q, D] of what that mixed.
  void backward_to_probs(const Recorded& recorded, float* dy, const BackwardPass& pass,
                         const TokenShape& shape, SharedOps& functions, Gradients& g,
                         float* dprobs);
  /// On from there, to g.y [T, D] of what it took in; dprobs is lost.
  void backward_to_input(const Recorded& recorded, float* dprobs, const BackwardPass& pass,
                         const TokenShape& shape, SharedOps& functions, Gradients& g);

  std::vector<const Linear*> linears() const { return {&qkv_, &proj_}; }

 private:
  void project(const LayerInput& y, const TokenShape& shape, FloatView qkv);
  void read_differential(const Weights& weights, const BlockPath& path);
  void normalize_mixed(FloatView mixed, int64_t rows, BranchTape* tape);
  Attended attended(const Recorded& recorded, int64_t image, int64_t tokens) const;

  int64_t dim_, heads_, key_parts_;
  Linear qkv_;  // three parts, Wq, Wk and Wv
  std::optional<QkNorm> qk_norm_;
  std::shared_ptr<const Buffer> position_bias_;  // [H, T, T], or nullptr
  std::shared_ptr<const Rope> rope_;             // or nullptr
  std::optional<float> lambda_;                  // of differential attention
  std::optional<LayerNorm> mixed_norm_;          // of D columns, or of each head's
  Linear proj_;
};

}  // namespace saccade
