// The part of attention between its linear layers: what all kinds of it have in common.
#pragma once

#include <cstdint>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// Where a kind of attention stores its probabilities.
struct AttentionOutput {
  float* probs = nullptr;   ///< of the first image [H, Q, T]; nullptr: nowhere
  int64_t stride = 0;       ///< from one image to the next; 0: they are dense
  float* halves = nullptr;  ///< [B, 2 H, Q, T] of differential attention; nullptr: nowhere
};

/// One image's attention, as it was recorded.
struct RecordedAttention {
  FloatView qkv;            ///< [3, H, T, d], of each head the first Q rows of q
  float* probs;             ///< [H, Q, T]
  float* halves = nullptr;  ///< [2 H, Q, T] of differential attention
};

/// Gradients of one image's attention, and scratch for their computation.
struct AttentionGradients {
  float* probs;             ///< [H, Q, T], overwritten
  float* halves = nullptr;  ///< [2 H, Q, T], scratch of differential attention
  FloatView scratch;        ///< as many values as `probs`, or `halves` where that is used
  float* q;                 ///< [Q, H * d]
  float* k;                 ///< [T, H * d]
};

/// From queries, keys and values to what the heads mix. The layer assumes that this is A V: it
/// computes the gradients of A and V itself, and the kind only those of Q and K.
class AttentionKind {
 public:
  virtual ~AttentionKind() = default;

  /// qkv [B, 3, H, T, d], of each head the first Q rows of q -> context [B, Q, H * d].
  virtual void operator()(FloatView qkv, const TokenShape& shape, const AttentionOutput& output,
                          FloatView context, Runtime& runtime) const = 0;

  /// The gradient of one image's probabilities -> those of q and k.
  virtual void backward(const RecordedAttention& recorded, const TokenShape& shape,
                        const AttentionGradients& gradients, Runtime& runtime) const = 0;
};

/// Offsets of q, k or v of a head in qkv [B, 3, H, T, d].
struct HeadOffset {
  enum Which : int64_t { q, k, v };
  int64_t heads, tokens, head_dim;

  int64_t operator()(Which which, int64_t image, int64_t head) const {
    return ((image * 3 + which) * heads + head) * tokens * head_dim;
  }
};

}  // namespace saccade
