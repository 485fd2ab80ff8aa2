// The memory of a forward pass, planned once for a batch size and then reused.
#pragma once

#include <algorithm>

#include "model/kernels/float_view.h"
#include "model/kernels/quantize.h"
#include "model/kernels/runtime.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// What the layers of a block hand on, as numbers and, for int8, quantised.
struct Activations {
  Activations(const VitDescription& vit, int64_t batch, int64_t tokens, Precision precision)
      : x(size_t(batch * tokens * vit.dim)),
        y(x.size(), float_type(precision)),
        context(x.size(), float_type(precision)),
        qkv_or_hidden(size_t(batch * tokens * std::max(vit.fc1_dim(), 3 * vit.dim)),
                      float_type(precision)),
        gated(vit.mlp == MlpKind::gated ? size_t(batch * tokens * vit.mlp_dim) : 0,
              float_type(precision)),
        quantized_y(precision == Precision::int8 ? size_t(batch * tokens) : 0, vit.dim),
        quantized_hidden(precision == Precision::int8 ? size_t(batch * tokens) : 0, vit.mlp_dim),
        residual(vit.block != BlockKind::pre_norm ? x.size() : 0),
        probs(size_t(batch * vit.maps() * tokens * tokens)),
        shown(x.size()) {}

  /// Of all of them together, but for what only an observer wants.
  size_t bytes() const {
    return (x.size() + residual.size()) * sizeof(float) + y.bytes() + context.bytes() +
           qkv_or_hidden.bytes() + gated.bytes() + quantized_y.bytes() + quantized_hidden.bytes();
  }

  Buffer x;                     // [B, T, D]     the residual stream, f32
  FloatBuffer y;                // [B, T, D]     its normalised copy
  FloatBuffer context;          // [B, Q, D]     what attention mixed together
  FloatBuffer qkv_or_hidden;    // [B, 3, H, T, d]  q, k and v; then [B, Q, fc1], what fc1 gives
  FloatBuffer gated;            // [B, Q, mlp]   hidden values, where they are others
  QuantizedBuffer quantized_y;  // [B, T, D]     y, where an int8 layer takes it
  QuantizedBuffer quantized_hidden;  // [B, Q, mlp]   hidden values, likewise
  Buffer residual;  // [B, T, D]     what blocks of other kinds than the plain one keep
  Buffer probs;     // [B, H, Q, T]  attention probabilities, where an observer wants them
  Buffer shown;     // [B, Q, D]     y in f32, likewise
};

}  // namespace saccade
