// Gradients of multi-head scaled dot-product attention, of one image, on oneDNN.
#pragma once

#include <map>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/matmul.h"
#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "model/layers/observer.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// What the forward pass of an image took in and gave.
struct Attended {
  FloatView qkv;  // [3, H, T, d], of each head the first Q rows of q
  float* probs;   // [H, Q, T]
};

/// The way back through mixed = A V, A = softmax(Q Kᵀ / √d); d* are gradients. One object serves
/// every block of a model.
class ScaledDotProductBackward {
 public:
  /// `type` is that of Attended and of all that products take in.
  ScaledDotProductBackward(Runtime& runtime, int64_t heads, int64_t head_dim, FloatType type);

  /// dmixed [Q, H * d] -> dprobs [H, Q, T] = dmixed Vᵀ.
  void to_probs(const Attended& at, FloatView dmixed, const TokenShape& shape, float* dprobs);

  /// dmixed [Q, H * d] -> dv [T, H * d] = Aᵀ dmixed. `room` [H, Q, T] is for a copy of A.
  void to_v(const Attended& at, FloatView dmixed, const TokenShape& shape, FloatView room,
            float* dv);

  /// dprobs [H, Q, T], which becomes the scores' gradient -> dq [Q, H * d], dk [T, H * d]. `room`
  /// is for a copy of it.
  void to_qk(const Attended& at, const TokenShape& shape, float* dprobs, FloatView room, float* dq,
             float* dk);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Primitives {
    Matmul probs;  // dM Vᵀ
    Matmul v;      // Aᵀ dM
    Matmul q;      // dS K
    Matmul k;      // dSᵀ Q
  };
  Primitives& for_shape(const TokenShape& shape);
  Primitives make(const TokenShape& shape);

  Runtime* runtime_;
  int64_t heads_, head_dim_;
  FloatType type_;
  std::map<TokenShape, Primitives> by_shape_;
};

}  // namespace saccade
