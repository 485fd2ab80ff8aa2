// One block of the transformer.
#pragma once

#include <string>
#include <vector>

#include "model/activations.h"
#include "model/eltwise.h"
#include "model/layer_clock.h"
#include "model/layer_norm.h"
#include "model/linear.h"
#include "model/self_attention.h"
#include "model/self_attention_backward.h"
#include "model/tape.h"
#include "model/token_shape.h"
#include "weights/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// The three projections that a checkpoint stores as one, "attn.qkv".
struct QkvProjections {
  Linear q, k, v;
};

/// What all blocks share: the parts without weights.
struct Functions {
  ScaledDotProduct attention;
  ScaledDotProductBackward attention_backward;
  Eltwise activation;
  LayerClock& clock;
};

/// What a backward pass is about.
struct BackwardPass {
  int64_t image;  ///< of the recorded batch
  GradientRule rule;
  GradientObserver& observer;
};

/// Pre-norm (Dosovitskiy et al. 2021, equations 2 and 3):
///   x += proj(softmax(Q Kᵀ / √d) V),  Q, K, V = qkv(norm1(x))
///   x += fc2(act(fc1(norm2(x))))
class Block {
 public:
  /// `name` is the prefix of its parameters, "blocks.3."; `rows` what the weights are packed for.
  Block(Runtime& runtime, const VitDescription& vit, const Weights& weights,
        const std::string& name, int64_t rows);
  /// On the same weights, by another runtime.
  Block(Runtime& runtime, const Block& twin);

  /// Updates a.x: [B, T, D] in, [B, Q, D] out. Returns the attention [B, H, Q, T], which is valid
  /// until the next block. With a tape, what backward() needs is on it afterwards.
  const float* forward(Activations& a, const TokenShape& shape, Functions& functions,
                       BlockTape* tape = nullptr);

  /// Packs the transposed weights, once: needed before backward().
  void prepare_backward(int64_t tokens);

  /// One image's gradients, from g.x [Q, D] after the block to [T, D] before it. Shows the observer
  /// what it wants of layer `layer`; with `last_wanted` it goes no further than what is wanted.
  void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                Functions& functions, Gradients& g, int64_t layer, bool last_wanted);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  void mlp_backward(const BlockTape& tape, const BackwardPass& pass, int64_t rows,
                    Eltwise& activation, Gradients& g);

  int64_t dim_, mlp_dim_, heads_;
  LayerNorm norm1_;
  QkvProjections qkv_;
  Linear proj_;
  LayerNorm norm2_;
  Linear fc1_;
  Linear fc2_;
};

}  // namespace saccade
