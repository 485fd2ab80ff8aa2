// The memory of a forward pass, planned once for a batch size and then reused.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/kernels/float_view.h"
#include "model/kernels/quantize.h"
#include "model/kernels/runtime.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// Values per token that layers keep in the buffers that they share. Each layer says which it
/// needs; 0: not that buffer.
struct ActivationWidths {
  int64_t dim = 0;  ///< D
  int64_t qkv_or_hidden = 0, gated = 0, quantized_hidden = 0, residual = 0;
  int64_t maps = 0;  ///< attention maps [T, T] of an image

  /// What this layer and `other` need when they run one after the other.
  ActivationWidths with(const ActivationWidths& other) const {
    return {std::max(dim, other.dim),           std::max(qkv_or_hidden, other.qkv_or_hidden),
            std::max(gated, other.gated),       std::max(quantized_hidden, other.quantized_hidden),
            std::max(residual, other.residual), std::max(maps, other.maps)};
  }
};

/// What the layers of a block hand on, as floats and, for int8, quantized.
struct Activations {
  Activations(const ActivationWidths& width, int64_t batch, int64_t tokens, Precision precision)
      : x(size_t(batch * tokens * width.dim)),
        y(x.size(), float_type(precision)),
        context(x.size(), float_type(precision)),
        qkv_or_hidden(size_t(batch * tokens * width.qkv_or_hidden), float_type(precision)),
        gated(size_t(batch * tokens * width.gated), float_type(precision)),
        quantized_y(precision == Precision::int8 ? size_t(batch * tokens) : 0, width.dim),
        quantized_hidden(precision == Precision::int8 ? size_t(batch * tokens) : 0,
                         width.quantized_hidden),
        residual(size_t(batch * tokens * width.residual)),
        probs(size_t(batch * width.maps * tokens * tokens)),
        shown(x.size()) {}

  /// All of them together, except those that only observers need.
  size_t bytes() const {
    return (x.size() + residual.size()) * sizeof(float) + y.bytes() + context.bytes() +
           qkv_or_hidden.bytes() + gated.bytes() + quantized_y.bytes() + quantized_hidden.bytes();
  }

  /// Where the input of a layer of that precision goes: y, or y quantized.
  LayerInput input_for(Precision layer) const {
    if (layer == Precision::int8) return quantized_y.rows();
    return FloatView(y);
  }

  Buffer x;                          // [B, T, D]        the residual stream, f32
  FloatBuffer y;                     // [B, T, D]        x normalized
  FloatBuffer context;               // [B, Q, D]        what the heads of attention mix
  FloatBuffer qkv_or_hidden;         // [B, 3, H, T, d]  q, k and v; then [B, Q, fc1], fc1's output
  FloatBuffer gated;                 // [B, Q, mlp]      fc2's input in a gated MLP
  QuantizedBuffer quantized_y;       // [B, T, D]        y for an int8 layer
  QuantizedBuffer quantized_hidden;  // [B, Q, mlp]      fc2's input for int8
  Buffer residual;                   // [B, T, D]        scratch of blocks other than pre-norm
  Buffer probs;                      // [B, H, Q, T]     attention probabilities for an observer
  Buffer shown;                      // [B, Q, D]        y in f32 for an observer
};

}  // namespace saccade
