// Gradients of multi-head scaled dot-product attention, of one image, on oneDNN.
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

/// What the forward pass of an image took in and gave.
struct Attended {
  const float* q;      // [Q, D], divided by √d
  const float* k;      // [T, D]
  const float* v;      // [T, D]
  const float* probs;  // [H, Q, T]
};

/// The way back through mixed = A V, A = softmax(Q Kᵀ); d* are gradients. One object serves every
/// block of a model.
class ScaledDotProductBackward {
 public:
  ScaledDotProductBackward(Runtime& runtime, int64_t heads, int64_t head_dim);

  /// dmixed [Q, D] -> dprobs [H, Q, T] = dmixed Vᵀ.
  void to_probs(const Attended& at, const float* dmixed, const TokenShape& shape, float* dprobs);

  /// dmixed [Q, D] -> dv [T, D] = Aᵀ dmixed.
  void to_v(const Attended& at, const float* dmixed, const TokenShape& shape, float* dv);

  /// dprobs [H, Q, T], which becomes the scores' gradient -> dq [Q, D], dk [T, D].
  void to_qk(const Attended& at, const TokenShape& shape, float* dprobs, float* dq, float* dk);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Primitives {
    Matmul probs;  // dM Vᵀ
    Matmul v;      // Aᵀ dM
    Matmul q;      // dS K
    Matmul k;      // dSᵀ Q
    SoftmaxBackward::primitive_desc softmax_pd;
    SoftmaxBackward softmax;  // in place
    std::unordered_map<int, dnnl::memory> softmax_args;
  };
  Primitives& for_shape(const TokenShape& shape);
  Primitives make(const TokenShape& shape);

  Runtime* runtime_;
  int64_t heads_, head_dim_;
  std::map<TokenShape, Primitives> by_shape_;
};

}  // namespace saccade
