// Pooling by attention: one learned query over the patches, then an MLP (Zhai et al. 2022,
// arXiv:2106.04560, "MAP head"; timm's AttentionPoolLatent).
#pragma once

#include <cstdint>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "model/layers/layer_norm.h"
#include "model/layers/linear.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// z = proj(attention of the query over the patches), pooled = z + mlp(norm(z)), in f32 at every
/// precision of the model. The query is the same for every image, so keys are never computed: a
/// score is q·(W x + b) = (Wᵀ q)·x + q·b, and softmax cancels q·b. Values are projected after they
/// are mixed, because probabilities sum to 1.
class AttentionPool {
 public:
  AttentionPool(Runtime& runtime, const VitDescription& vit, const Weights& weights);

  /// y [B, Q, D] -> pooled [B, D].
  void operator()(FloatView y, const TokenShape& shape, float* pooled, Runtime& runtime) const;

  /// For one image: dpooled [D] -> added to dy [Q, D]. y [Q, D] is its input.
  void backward(const float* y, const float* dpooled, const TokenShape& shape, GradientRule rule,
                float* dy, Runtime& runtime) const;
  void prepare_backward(Runtime& runtime);

  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

 private:
  // The parameters, folded.
  struct Parameters {
    std::vector<float> query;         // [H, D]  of each head Wᵀ q / sqrt(d)
    std::vector<float> value_weight;  // [D, D]
    std::vector<float> value_bias;    // [D]
  };
  static Parameters read(const VitDescription& vit, const Weights& weights);

  void attend(const float* x, int64_t patches, float* probs, float* context, float* attended) const;
  void backward_to_attended(const float* attended, const float* dpooled, GradientRule rule,
                            float* dattended, Runtime& runtime) const;

  int64_t dim_, heads_, mlp_dim_, prefix_;
  Activation activation_;
  Parameters parameters_;
  Linear proj_, fc1_, fc2_;
  LayerNorm norm_;
};

}  // namespace saccade
