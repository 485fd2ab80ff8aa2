// What blocks are made for, and what goes with a pass through them.
#pragma once

#include <memory>
#include <optional>

#include "model/kernels/buffer.h"
#include "model/kernels/layer_clock.h"
#include "model/layers/differential_attention.h"
#include "model/layers/eltwise.h"
#include "model/layers/parameters.h"
#include "model/layers/rope.h"
#include "model/layers/self_attention.h"
#include "model/layers/self_attention_backward.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// What all blocks share: the parts without weights.
struct SharedOps {
  ScaledDotProduct attention;
  ScaledDotProductBackward attention_backward;
  std::optional<DifferentialAttention> differential;  ///< in place of `attention`
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

  /// Shows the observer `count` values and their gradients, if it wants them.
  void show(GradientStage stage, int64_t layer, const float* values, const Buffer& gradients,
            int64_t count) const {
    if (!observer.wants(stage, layer)) return;
    observer.see(stage, layer, {values, size_t(count)}, gradients.span().first(size_t(count)));
  }
};

}  // namespace saccade
