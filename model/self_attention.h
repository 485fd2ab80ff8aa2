// Multi-head scaled dot-product attention, softmax(Q Kᵀ / √d) V (Vaswani et al. 2017,
// arXiv:1706.03762), on oneDNN.
#pragma once

#include <map>
#include <unordered_map>
#include <vector>

#include "model/matmul.h"
#include "model/onednn_compat.h"
#include "model/runtime.h"
#include "model/token_shape.h"
#include "model/vision_transformer.h"

namespace saccade {

/// The part of attention that has no weights. One object serves every block of a model.
class ScaledDotProduct {
 public:
  ScaledDotProduct(Runtime& runtime, int64_t heads, int64_t head_dim);

  /// q [B, Q, H * d], already divided by √d; k and v [B, T, H * d] -> probs [B, H, Q, T] and
  /// mixed [B, Q, H * d].
  void operator()(const float* q, const float* k, const float* v, const TokenShape& shape,
                  float* probs, float* mixed);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Primitives {
    Matmul scores;    // Q Kᵀ
    Softmax softmax;  // in place
    Softmax::primitive_desc softmax_pd;
    std::unordered_map<int, dnnl::memory> softmax_args;
    Matmul mix;  // probs V
  };
  Primitives& for_shape(const TokenShape& shape);
  Primitives make(const TokenShape& shape);

  Runtime* runtime_;
  int64_t heads_, head_dim_;
  std::map<TokenShape, Primitives> by_shape_;
};

}  // namespace saccade
