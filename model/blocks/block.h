// One block of the transformer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/kernels/runtime.h"
#include "model/layers/attention_layer.h"
#include "model/layers/block_plan.h"
#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "model/layers/mlp.h"
#include "model/layers/pass.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// Attention and an MLP, in an order that BlockKind names. Each kind computes its formula in run()
/// and the gradients in the two backward functions.
class Block {
 public:
  virtual ~Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  /// x [B, T, D] -> [B, Q, D], in place.
  void forward(float* x, const Pass& pass) const;

  /// For the pass's image: gradients.x [Q, D] after the block -> [T, D] before it. In the pass's
  /// last layer it stops after what the observer wants.
  void backward(const BackwardPass& pass) const;
  /// Packs the transposed weights. backward() needs it.
  void prepare_backward(int64_t tokens, Runtime& runtime);

  /// Its layers with weights.
  const std::vector<Linear*>& linears() const { return linears_; }

 protected:
  explicit Block(const VitDescription& vit);

  /// Adds an attention layer and an MLP, which are members of the derived class, to linears().
  void add_linears(AttentionLayer& attention, Mlp& mlp);

  virtual void run(float* x, const Pass& pass) const = 0;
  /// gradients.x [Q, D] -> the gradient of the attention probabilities.
  virtual void backward_to_attention(const BackwardPass& pass) const = 0;
  /// From there on -> gradients.x [T, D]. Shows GradientStage::norm1.
  virtual void backward_to_input(const BackwardPass& pass) const = 0;

  /// gradients.y [T, D] of what `norm` gave for the block's input -> added to gradients.x [T, D].
  void backward_through(const LayerNorm& norm, const BackwardPass& pass) const;
  /// Shows GradientStage::norm1: the output of `norm` for the block's input, and gradients.y.
  void show_norm1(const LayerNorm& norm, const BackwardPass& pass) const;
  /// Extends gradients.x [Q, D] to [T, D]: only attention has read the other rows.
  void extend_gradient(const BackwardPass& pass) const;

  int64_t dim_, heads_, branches_;

 private:
  std::vector<Linear*> linears_;
};

/// Block `index` of the model.
std::unique_ptr<Block> make_block(Runtime& runtime, const VitDescription& vit,
                                  const Weights& weights, int64_t index, const BlockPlan& plan);

/// What the blocks of a model need.
ActivationWidths activation_widths(const VitDescription& vit);
BlockTapeWidths tape_widths(const VitDescription& vit);
GradientWidths gradient_widths(const VitDescription& vit);

/// sum += values
void add(const float* values, int64_t count, float* sum);

}  // namespace saccade
