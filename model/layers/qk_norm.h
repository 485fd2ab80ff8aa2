// Normalizes queries and keys before attention, each head by itself (Dehghani et al. 2023,
// arXiv:2302.05442, section 2).
#pragma once

#include <string>

#include "model/kernels/float_view.h"
#include "model/layers/gradients.h"
#include "model/layers/layer_norm.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

class QkNorm {
 public:
  /// `name` is the prefix of its parameters, "blocks.3.attn.".
  QkNorm(const VitDescription& vit, const Weights& weights, const std::string& name);

  /// q (the first Q rows of each head) and k in qkv [B, 3, H, T, d], in place. Copies their old
  /// values to `raw` [B, 2, T, H * d], unless it is nullptr.
  void operator()(FloatView qkv, const TokenShape& shape, float* raw) const;

  /// For one image, in place: g.q [Q, H * d] and g.k [T, H * d], the gradients of its output,
  /// become those of its input `raw` [2, T, H * d].
  void backward(const float* raw, const TokenShape& shape, Gradients& g) const;

 private:
  void backward(const LayerNorm& norm, const float* raw, int64_t rows, Buffer& d,
                Gradients& g) const;

  int64_t heads_, head_dim_;
  LayerNorm q_norm_, k_norm_;
};

}  // namespace saccade
