// What a recorded forward pass remembers for the backward pass: 5 D + mlp values a token and one
// attention matrix a head, for each block. For ViT-B/16 at 224 pixels 88 MB an image.
#pragma once

#include <algorithm>
#include <vector>

#include "model/buffer.h"
#include "model/token_shape.h"
#include "weights/vit_description.h"

namespace saccade {

/// One block's.
struct BlockTape {
  BlockTape(const VitDescription& vit, const TokenShape& s)
      : x(size_t(s.batch * s.tokens * vit.dim)),
        q(size_t(s.batch * s.queries * vit.dim)),
        k(x.size()),
        v(x.size()),
        probs(size_t(s.batch * vit.heads * s.queries * s.tokens)),
        mid(q.size()),
        hidden(size_t(s.batch * s.queries * vit.mlp_dim)) {}

  /// What a tape of this shape holds.
  static size_t floats(const VitDescription& vit, const TokenShape& s) {
    return size_t(s.batch * (3 * s.tokens * vit.dim + 2 * s.queries * vit.dim +
                             s.queries * vit.mlp_dim + vit.heads * s.queries * s.tokens));
  }

  Buffer x;       // [B, T, D]     tokens that enter
  Buffer q;       // [B, Q, D]     queries, divided by √d
  Buffer k;       // [B, T, D]
  Buffer v;       // [B, T, D]
  Buffer probs;   // [B, H, Q, T]  attention probabilities
  Buffer mid;     // [B, Q, D]     tokens between attention and MLP
  Buffer hidden;  // [B, Q, mlp]   what the MLP's activation takes in
};

struct Tape {
  TokenShape shape;  // of the last block; all others have Q = T
  std::vector<BlockTape> blocks;
  Buffer last;  // [B, Q, D] tokens that enter the final norm
};

/// Memory of a backward pass through one image, planned once.
struct Gradients {
  Gradients(const VitDescription& vit, int64_t tokens)
      : x(size_t(tokens * vit.dim)),
        y(x.size()),
        q(x.size()),
        k(x.size()),
        v(x.size()),
        wide(size_t(tokens * std::max(vit.mlp_dim, vit.dim))),
        probs(size_t(vit.heads * tokens * tokens)) {}

  Buffer x;      // [T, D]     the residual stream's gradient
  Buffer y;      // [T, D]     that of a normalised copy, or of what attention mixed
  Buffer q;      // [Q, D]
  Buffer k;      // [T, D]
  Buffer v;      // [T, D]
  Buffer wide;   // [Q, mlp], or a normalised copy [T, D]
  Buffer probs;  // [H, Q, T]  the attention probabilities', then the scores'
};

}  // namespace saccade
