// The MLP of a block.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kernels/runtime.h"
#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "model/layers/parameters.h"
#include "model/layers/pass.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// fc2(hidden), where hidden is act(fc1(y)), or in a gated MLP act(a) ⊙ b for fc1(y) = [a, b]; in
/// some models normalized (Shleifer et al. 2021, arXiv:2110.09456). LayerScale is in the weights of
/// fc2.
class Mlp {
 public:
  /// `block` is the prefix of the block's parameters, "blocks.3.".
  Mlp(Runtime& runtime, const VitDescription& vit, const Weights& weights, const std::string& block,
      const LinearPlan& plan);

  static ActivationWidths activation_widths(const VitDescription& vit);
  static TapeWidths tape_widths(const VitDescription& vit);
  static GradientWidths gradient_widths(const VitDescription& vit);

  /// The precision in which it takes its input.
  Precision precision() const { return fc1_.precision(); }

  /// x [B, Q, D] += MLP of y [B, Q, D]. When the pass records, y is not quantized.
  void operator()(const LayerInput& y, float* x, const Pass& pass) const;

  /// For one image: dx [Q, D] -> the gradient of its input, in gradients.y [Q, D].
  void backward(const float* dx, const BackwardPass& pass) const;

  std::vector<Linear*> linears() { return {&fc1_, &fc2_}; }

 private:
  LayerInput hidden_of(const LayerInput& y, const Pass& pass) const;
  void activate_hidden(FloatView fc1_output, int64_t rows, FloatView hidden) const;

  int64_t dim_, hidden_dim_, fc1_dim_;
  bool gated_;
  Activation activation_;
  Linear fc1_;
  std::optional<LayerNorm> norm_;
  Linear fc2_;
};

}  // namespace saccade
