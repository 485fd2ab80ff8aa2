// One block of the transformer.
#pragma once

#include <memory>
#include <vector>

#include "model/layers/activations.h"
#include "model/layers/attention_layer.h"
#include "model/layers/linear.h"
#include "model/layers/mlp.h"
#include "model/layers/pass.h"
#include "model/layers/tape.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// Attention and an MLP, and how tokens go through them: see BlockKind.
class Block {
 public:
  virtual ~Block() = default;
  /// On the same weights, by another runtime.
  virtual std::unique_ptr<Block> twin(Runtime& runtime) const = 0;

  /// Updates a.x: [B, T, D] in, [B, Q, D] out. Where `keep_probs`, a.probs has the attention
  /// [B, H, Q, T] until the next block. With a tape, what backward() needs is on it afterwards, and
  /// the attention is there.
  virtual void forward(Activations& a, const TokenShape& shape, SharedOps& functions,
                       bool keep_probs, BlockTape* tape) = 0;

  /// Packs the transposed weights, once: needed before backward().
  virtual void prepare_backward(int64_t tokens) = 0;

  /// One image's gradients, from g.x [Q, D] after the block to [T, D] before it. Shows the observer
  /// what it wants of layer `layer`; with `last_wanted` it goes no further than what is wanted.
  virtual void backward(const BlockTape& tape, const BackwardPass& pass, const TokenShape& shape,
                        SharedOps& functions, Gradients& g, int64_t layer, bool last_wanted) = 0;

  /// Its layers with weights.
  virtual std::vector<const Linear*> linears() const = 0;
  void list_primitives(std::vector<PrimitiveInfo>& list) const;
};

/// Block `index` of the model.
std::unique_ptr<Block> make_block(Runtime& runtime, const VitDescription& vit,
                                  const Weights& weights, int64_t index, const BlockPlan& plan);

/// The layers with weights of both.
std::vector<const Linear*> linears_of(const AttentionLayer& attention, const Mlp& mlp);

/// Where a norm puts what the layer after it takes in.
LayerInput input_of(Precision layer, const Activations& a);

/// sum += values
void add(const float* values, int64_t count, float* sum);

}  // namespace saccade
