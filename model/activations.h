// The memory of a forward pass, planned once for a batch size and then reused.
#pragma once

#include <algorithm>

#include "model/buffer.h"
#include "model/token_shape.h"
#include "weights/vit_description.h"

namespace saccade {

struct Activations {
  Activations(const VitDescription& vit, int64_t batch, int64_t tokens)
      : x(size_t(batch * tokens * vit.dim)),
        y(x.size()),
        mixed(x.size()),
        wide(size_t(batch * tokens * std::max(vit.mlp_dim, 3 * vit.dim))),
        probs(size_t(batch * vit.heads * tokens * tokens)) {}

  /// Of all of them together.
  size_t floats() const { return x.size() + y.size() + mixed.size() + wide.size() + probs.size(); }

  Buffer x;      // [B, T, D]     the residual stream
  Buffer y;      // [B, T, D]     its normalised copy
  Buffer mixed;  // [B, Q, D]     what attention mixed together
  Buffer wide;   // 3 [B, T, D]   K, V and Q; then [B, Q, mlp], hidden values: never both at once
  Buffer probs;  // [B, H, Q, T]  attention probabilities
};

}  // namespace saccade
