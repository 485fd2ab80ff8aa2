// Multi-head scaled dot-product attention, softmax(Q Kᵀ / √d) V (Vaswani et al. 2017,
// arXiv:1706.03762). oneDNN multiplies, one head at a time in a core's cache.
#pragma once

#include <cstdint>
#include <memory>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "model/layers/attention_kind.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// softmax(Q Kᵀ / √d) V, with a bias of the scores in some models.
class ScaledDotProduct : public AttentionKind {
 public:
  /// Adds `bias` [H, T, T] to Q Kᵀ / √d, unless it is nullptr.
  ScaledDotProduct(int64_t heads, int64_t head_dim, FloatType type,
                   std::shared_ptr<const Buffer> bias = nullptr);

  void operator()(FloatView qkv, const TokenShape& shape, const AttentionOutput& output,
                  FloatView context, Runtime& runtime) const override;
  void backward(const RecordedAttention& recorded, const TokenShape& shape,
                const AttentionGradients& gradients, Runtime& runtime) const override;

 private:
  int64_t heads_, head_dim_;
  FloatType type_;
  std::shared_ptr<const Buffer> bias_;
};

}  // namespace saccade
