// The memory of a backward pass through one image, planned once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"

namespace saccade {

/// Values per token, and maps [Q, T], that layers keep in the gradients' buffers that they share.
/// Each layer says which it needs; 0: not that buffer.
struct GradientWidths {
  int64_t dim = 0;  ///< D
  int64_t wide = 0, normal = 0, gated = 0, mlp_scratch = 0, residual = 0;
  int64_t maps = 0, half_maps = 0;

  GradientWidths with(const GradientWidths& other) const {
    return {std::max(dim, other.dim),
            std::max(wide, other.wide),
            std::max(normal, other.normal),
            std::max(gated, other.gated),
            std::max(mlp_scratch, other.mlp_scratch),
            std::max(residual, other.residual),
            std::max(maps, other.maps),
            std::max(half_maps, other.half_maps)};
  }
};

/// Gradients in f32, and scratch for copies of them in the type of products' operands.
struct Gradients {
  Gradients(const GradientWidths& width, int64_t tokens, FloatType type)
      : x(size_t(tokens * width.dim)),
        y(x.size()),
        q(x.size()),
        k(x.size()),
        v(x.size()),
        normal(size_t(tokens * width.normal)),
        wide(size_t(tokens * width.wide)),
        gated(size_t(tokens * width.gated)),
        mlp_scratch(size_t(tokens * width.mlp_scratch)),
        probs(size_t(width.maps * tokens * tokens)),
        residual(size_t(tokens * width.residual)),
        half_probs(size_t(width.half_maps * tokens * tokens)),
        rows(wide.size(), type),
        context(x.size(), type),
        scores(std::max(probs.size(), half_probs.size()), type) {}

  size_t bytes() const {
    const size_t floats = x.size() + y.size() + q.size() + k.size() + v.size() + normal.size() +
                          wide.size() + gated.size() + mlp_scratch.size() + probs.size() +
                          residual.size() + half_probs.size();
    return floats * sizeof(float) + rows.bytes() + context.bytes() + scores.bytes();
  }

  Buffer x;            // [T, D]       the residual stream's gradient
  Buffer y;            // [T, D]       that of a layer's input, or of what heads mix
  Buffer q;            // [Q, D]
  Buffer k;            // [T, D]
  Buffer v;            // [T, D]
  Buffer normal;       // [T, D]       q's or k's after their norm, if they have one
  Buffer wide;         // [Q, fc1]     that of fc1's output; or a normalized copy [T, D]
  Buffer gated;        // [Q, mlp]     that of fc2's input in a gated MLP
  Buffer mlp_scratch;  // [2, Q, mlp]  scratch of an MLP that is gated or normalized
  Buffer probs;        // [H, Q, T]    that of the attention probabilities, then of the scores
  Buffer residual;     // [T, D]       scratch of blocks other than pre-norm
  Buffer half_probs;   // [2 H, Q, T]  those of the halves of differential attention

  FloatBuffer rows;     // [T, fc1]     the input of a layer's backward()
  FloatBuffer context;  // [Q, D]
  FloatBuffer scores;   // [H, Q, T]
};

}  // namespace saccade
