// One block of the transformer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/activations.h"
#include "model/eltwise.h"
#include "model/layer_clock.h"
#include "model/layer_norm.h"
#include "model/linear.h"
#include "model/mlp.h"
#include "model/parameters.h"
#include "model/qk_norm.h"
#include "model/rope.h"
#include "model/self_attention.h"
#include "model/self_attention_backward.h"
#include "model/tape.h"
#include "model/token_shape.h"
#include "weights/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// What all blocks share: the parts without weights.
struct Functions {
  ScaledDotProduct attention;
  ScaledDotProductBackward attention_backward;
  Eltwise activation;
  LayerClock& clock;
};

/// What the weights of blocks are packed for.
struct BlockPlan {
  ImageSize input;
  LinearPlan linears;
  std::shared_ptr<const Buffer> position_bias;  ///< that of all blocks, [H, T, T]; or nullptr
  std::shared_ptr<const Rope> rope;             ///< or nullptr
};

/// What a backward pass is about.
struct BackwardPass {
  int64_t image;  ///< of the recorded batch
  GradientRule rule;
  GradientObserver& observer;
};

/// Pre-norm (Dosovitskiy et al. 2021, equations 2 and 3):
///   x += proj(softmax(Q Kᵀ / √d) V),  Q, K, V = qkv(norm1(x)), Q and K normalised and rotated
///                                     where a model does that, and what is mixed normalised
///   x += mlp(norm2(x))
/// To Q Kᵀ / √d a model may add a bias for the distance of tokens.
/// LayerScale (x += γ ⊙ proj(...), Touvron et al. 2021, equation 2) is in the weights of proj and
/// of the MLP.
class Block {
 public:
  /// `name` is the prefix of its parameters, "blocks.3.".
  Block(Runtime& runtime, const VitDescription& vit, const Weights& weights,
        const std::string& name, const BlockPlan& plan);
  /// On the same weights, by another runtime.
  Block(Runtime& runtime, const Block& twin);

  /// Updates a.x: [B, T, D] in, [B, Q, D] out. Where `keep_probs`, a.probs has the attention
  /// [B, H, Q, T] until the next block. With a tape, what backward() needs is on it afterwards, and
  /// the attention is there.
  void forward(Activations& a, const TokenShape& shape, Functions& functions, bool keep_probs,
               BlockTape* tape = nullptr);

  /// Packs the transposed weights, once: needed before backward().
  void prepare_backward(int64_t tokens);

  /// One image's gradients, from g.x [Q, D] after the block to [T, D] before it. Shows the observer
  /// what it wants of layer `layer`; with `last_wanted` it goes no further than what is wanted.
  void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                Functions& functions, Gradients& g, int64_t layer, bool last_wanted);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;
  /// Its layers with weights.
  std::vector<const Linear*> linears() const;

 private:
  void project(const Rows& y, const TokenShape& shape, Numbers qkv);
  void mlp_backward(const BlockTape& tape, const BackwardPass& pass, int64_t rows,
                    Eltwise& activation, Gradients& g);
  void normalize_mixed(Numbers mixed, int64_t rows, BlockTape* tape);
  void proj_backward(const BlockTape& tape, const BackwardPass& pass, int64_t rows, Gradients& g);
  void qkv_backward(const Attended& at, const BlockTape& tape, Numbers dmixed,
                    const BackwardPass& pass, const TokenShape& shape,
                    ScaledDotProductBackward& attention, Gradients& g);

  int64_t dim_, fc1_dim_, heads_;
  LayerNorm norm1_;
  Linear qkv_;  // three parts, Wq, Wk and Wv
  std::optional<QkNorm> qk_norm_;
  std::shared_ptr<const Buffer> position_bias_;  // [H, T, T], or nullptr
  std::shared_ptr<const Rope> rope_;             // or nullptr
  std::optional<LayerNorm> attn_norm_;
  Linear proj_;
  LayerNorm norm2_;
  Mlp mlp_;
};

}  // namespace saccade
