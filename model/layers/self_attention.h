// Multi-head scaled dot-product attention, softmax(Q Kᵀ / √d) V (Vaswani et al. 2017,
// arXiv:1706.03762): products by oneDNN, one head at a time in a core's cache.
// Softmax's division comes last, where there are d columns in place of T.
#pragma once

#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "model/layers/attention_products.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// Where attention goes: an image's [H, Q, T] `stride` after that of the one before; 0: right
/// after.
struct AttentionOutput {
  AttentionOutput(float* first_, int64_t stride_ = 0) : first(first_), stride(stride_) {}
  float* first;  ///< nullptr: nowhere
  int64_t stride;
};

/// The part of attention that has no weights. One object serves every block of a model.
class ScaledDotProduct {
 public:
  ScaledDotProduct(Runtime& runtime, int64_t heads, int64_t head_dim, FloatType type);

  /// qkv [B, 3, H, T, d], of each head the first Q rows of q -> mixed [B, Q, H * d]. `probs` gets
  /// what softmax gives, and unless it is null, `bias` [H, T, T] is added to Q Kᵀ / √d.
  void operator()(FloatView qkv, const TokenShape& shape, AttentionOutput probs, FloatView mixed,
                  const float* bias = nullptr);

  void list_primitives(std::vector<PrimitiveInfo>& list) const { products_.list_primitives(list); }

 private:
  Runtime* runtime_;
  int64_t heads_, head_dim_;
  FloatType type_;
  AttentionProducts products_;
};

/// Where qkv() [B, 3, H, T, d] has q, k or v of a head.
struct HeadOffset {
  enum Which : int64_t { q, k, v };
  int64_t heads, tokens, head_dim;

  int64_t operator()(Which which, int64_t image, int64_t head) const {
    return ((image * 3 + which) * heads + head) * tokens * head_dim;
  }
};

}  // namespace saccade
