// The MLP of a block.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/kernels/layer_clock.h"
#include "model/layers/activations.h"
#include "model/layers/eltwise.h"
#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "model/layers/parameters.h"
#include "model/layers/pass.h"
#include "model/layers/tape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// fc2(hidden), where hidden is act(fc1(x)), or in a gated MLP act(a) ⊙ b for fc1(x) = [a, b]; in
/// some models normalised (Shleifer et al. 2021, arXiv:2110.09456).
class Mlp {
 public:
  /// `block` is the prefix of the block's parameters, "blocks.3.".
  Mlp(Runtime& runtime, const VitDescription& vit, const Weights& weights, const std::string& block,
      const LinearPlan& plan);
  /// On the same weights, by another runtime.
  Mlp(Runtime& runtime, const Mlp& twin);

  /// The precision in which it takes in what operator() is given.
  Precision precision() const { return fc1_.precision(); }

  /// Adds to `to` [rows, D] what comes of `x` [rows, D]. With a tape, x is of numbers, and what
  /// backward() needs is on the tape afterwards.
  void operator()(const LayerInput& x, int64_t rows, Activations& a, LayerClock& clock,
                  BranchTape* tape, float* to);

  void prepare_backward(int64_t tokens);
  /// One image's gradients: dy [rows, D] of what it adds -> g.y [rows, D] of what it takes in.
  void backward(const BranchTape& tape, float* dy, const BackwardPass& pass, int64_t rows,
                Eltwise& activation, Gradients& g);

  std::vector<const Linear*> linears() const { return {&fc1_, &fc2_}; }

 private:
  void activate_hidden(FloatView taken, int64_t rows, FloatView hidden) const;

  int64_t dim_, hidden_dim_, fc1_dim_;
  MlpKind kind_;
  Activation activation_;
  Linear fc1_;
  std::optional<LayerNorm> norm_;
  Linear fc2_;
};

}  // namespace saccade
