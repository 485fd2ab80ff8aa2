// Gradients of multi-head scaled dot-product attention, for one image, by oneDNN.
#pragma once

#include <cstdint>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "model/layers/attention_kind.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// The gradients of context = A V, A = softmax(Q Kᵀ / √d). qkv is [3, H, T, d] with the first Q
/// rows of each head's q, probs is A [H, Q, T], and d* are gradients.
class ScaledDotProductBackward {
 public:
  /// `type` is that of qkv and of all operands of products.
  ScaledDotProductBackward(int64_t heads, int64_t head_dim, FloatType type);

  /// dcontext [Q, H * d] -> dprobs [H, Q, T] = dcontext Vᵀ.
  void to_probs(FloatView qkv, FloatView dcontext, const TokenShape& shape, float* dprobs,
                Runtime& runtime) const;

  /// dcontext [Q, H * d] -> dv [T, H * d] = Aᵀ dcontext. `scratch` [H, Q, T] is for a copy of A.
  void to_v(float* probs, FloatView dcontext, const TokenShape& shape, FloatView scratch, float* dv,
            Runtime& runtime) const;

  /// The gradient of A -> those of q and k. On the way gradients.probs becomes that of the scores.
  void to_qk(FloatView qkv, const float* probs, const TokenShape& shape,
             const AttentionGradients& gradients, Runtime& runtime) const;

 private:
  int64_t heads_, head_dim_;
  FloatType type_;
};

/// Lists the products that ScaledDotProductBackward has made in `runtime`.
void list_attention_gradient_products(Runtime& runtime, std::vector<PrimitiveInfo>& list);

}  // namespace saccade
