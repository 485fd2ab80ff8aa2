// Differential attention (Ye et al. 2024, arXiv:2410.05258).
#pragma once

#include <cstdint>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "model/layers/attention_kind.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// (A₁ - λ A₂) V, where A₁ and A₂ are softmax(Q Kᵀ / √(d / 2)) of either half of a head's queries
/// and keys. Their rows in qkv are [2 H, T, d / 2], a head's halves one after the other. The
/// attention of a head is A₁ - λ A₂, whose rows sum to 1 - λ and may have negative values.
class DifferentialAttention : public AttentionKind {
 public:
  DifferentialAttention(int64_t heads, int64_t head_dim, FloatType type, float lambda);

  void operator()(FloatView qkv, const TokenShape& shape, const AttentionOutput& output,
                  FloatView context, Runtime& runtime) const override;
  void backward(const RecordedAttention& recorded, const TokenShape& shape,
                const AttentionGradients& gradients, Runtime& runtime) const override;

 private:
  int64_t heads_, head_dim_;
  FloatType type_;
  float lambda_;
};

}  // namespace saccade
