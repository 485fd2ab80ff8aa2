// Differential attention (Ye et al. 2024, arXiv:2410.05258).
#pragma once

#include <optional>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "model/layers/attention_products.h"
#include "model/layers/self_attention.h"
#include "model/layers/self_attention_backward.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// (A₁ - λ A₂) V, where A₁ and A₂ are softmax(Q Kᵀ / √(d / 2)) of either half of a head's queries
/// and keys. What ScaledDotProduct is to other models; the attention of a head is A₁ - λ A₂, whose
/// rows sum to 1 - λ and may have negative values.
class DifferentialAttention {
 public:
  DifferentialAttention(Runtime& runtime, int64_t heads, int64_t head_dim, FloatType type);

  /// qkv [B, 3, H, T, d], where queries and keys are [2 H, T, d / 2], a head's halves one after the
  /// other -> mixed [B, Q, H * d]. `probs` gets A₁ - λ A₂ and, unless it is null, `halves`
  /// [B, 2 H, Q, T] A₁ and A₂.
  void operator()(FloatView qkv, const TokenShape& shape, float lambda, AttentionOutput probs,
                  float* halves, FloatView mixed);

  /// One image's gradients: dprobs [H, Q, T] of A₁ - λ A₂ -> dq [Q, H * d], dk [T, H * d].
  /// `at.probs` are the halves. There is room for their gradients, dhalves [2 H, Q, T], and for a
  /// copy of these.
  void to_qk(const Attended& at, const TokenShape& shape, float lambda, const float* dprobs,
             float* dhalves, FloatView room, float* dq, float* dk);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  Runtime* runtime_;
  int64_t heads_, head_dim_;
  FloatType type_;
  AttentionProducts products_;
  ScaledDotProductBackward halves_backward_;
};

}  // namespace saccade
