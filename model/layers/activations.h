// The memory of a forward pass, planned once for a batch size and then reused.
#pragma once

#include <algorithm>

#include "model/kernels/numbers.h"
#include "model/kernels/quantize.h"
#include "model/kernels/runtime.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// What the layers of a block hand on, as numbers and, for int8, quantised.
struct Activations {
  Activations(const VitDescription& vit, int64_t batch, int64_t tokens, Precision precision)
      : x(size_t(batch * tokens * vit.dim)),
        y(x.size(), number_type(precision)),
        mixed(x.size(), number_type(precision)),
        wide(size_t(batch * tokens * std::max(vit.mlp.fc1_dim(), 3 * vit.dim)),
             number_type(precision)),
        gated(vit.mlp.kind == MlpKind::gated ? size_t(batch * tokens * vit.mlp.hidden_dim) : 0,
              number_type(precision)),
        codes(precision == Precision::int8 ? size_t(batch * tokens) : 0, vit.dim),
        wide_codes(precision == Precision::int8 ? size_t(batch * tokens) : 0, vit.mlp.hidden_dim),
        aside(vit.block.kind != BlockKind::pre_norm ? x.size() : 0),
        probs(size_t(batch * vit.maps() * tokens * tokens)),
        shown(x.size()) {}

  /// Of all of them together, but for what only an observer wants.
  size_t bytes() const {
    return (x.size() + aside.size()) * sizeof(float) + y.bytes() + mixed.bytes() + wide.bytes() +
           gated.bytes() + codes.bytes() + wide_codes.bytes();
  }

  Buffer x;                // [B, T, D]     the residual stream, f32
  NumberBuffer y;          // [B, T, D]     its normalised copy
  NumberBuffer mixed;      // [B, Q, D]     what attention mixed together
  NumberBuffer wide;       // [B, 3, H, T, d]  q, k and v; then [B, Q, fc1], what fc1 gives
  NumberBuffer gated;      // [B, Q, mlp]   hidden values, where they are others
  CodedBuffer codes;       // [B, T, D]     y, where an int8 layer takes it
  CodedBuffer wide_codes;  // [B, Q, mlp]   hidden values, likewise
  Buffer aside;            // [B, T, D]     what blocks of other kinds than the plain one keep
  Buffer probs;            // [B, H, Q, T]  attention probabilities, where an observer wants them
  Buffer shown;            // [B, Q, D]     y in f32, likewise
};

}  // namespace saccade
