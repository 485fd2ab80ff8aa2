// What a recorded forward pass remembers for the backward pass: 5 D + mlp values a token and one
// attention matrix a head, for each block. For ViT-B/16 at 224 pixels 88 MB an image in f32.
#pragma once

#include <algorithm>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// One attention layer's and one MLP's. `type` is that of what products take in.
struct BranchTape {
  BranchTape(const VitDescription& vit, const TokenShape& s, FloatType type)
      : qkv(size_t(3 * s.batch * s.tokens * vit.dim), type),
        raw(vit.qk_norm ? size_t(2 * s.batch * s.tokens * vit.dim) : 0),
        context(vit.attn_norm || vit.differential ? size_t(s.batch * s.queries * vit.dim) : 0),
        halves(vit.differential ? size_t(2 * s.batch * vit.heads * s.queries * s.tokens) : 0),
        hidden(size_t(s.batch * s.queries * vit.fc1_dim())) {}

  size_t bytes() const {
    return qkv.bytes() +
           (raw.size() + context.size() + halves.size() + hidden.size()) * sizeof(float);
  }

  FloatBuffer qkv;  // [B, 3, H, T, d]  of q the first Q rows
  Buffer raw;       // [B, 2, T, D]     q and k before their norms, where they have some
  Buffer context;   // [B, Q, D]        what attention mixed, before its norm, where it has one
  Buffer halves;    // [B, 2 H, Q, T]   differential attention's two, where it is that
  Buffer hidden;    // [B, Q, fc1]      what the MLP's activation takes in, and what it gates
};

/// One block's.
struct BlockTape {
  BlockTape(const VitDescription& vit, const TokenShape& s, FloatType type)
      : x(size_t(s.batch * s.tokens * vit.dim)),
        probs(size_t(s.batch * vit.maps() * s.queries * s.tokens)),
        mid(size_t(s.batch * s.queries * vit.dim)),
        attended(vit.block == BlockKind::post_norm ? mid.size() : 0) {
    for (int64_t path = 0; path < vit.paths; ++path) paths.emplace_back(vit, s, type);
  }

  size_t bytes() const {
    return (x.size() + probs.size() + mid.size() + attended.size()) * sizeof(float) +
           paths.size() * paths[0].bytes();
  }

  Buffer x;         // [B, T, D]     tokens that enter
  Buffer probs;     // [B, H, Q, T]  attention probabilities
  Buffer mid;       // [B, Q, D]     what the second norm takes in: tokens between attention and MLP
  Buffer attended;  // [B, Q, D]     what the first norm does, where it stands after attention
  std::vector<BranchTape> paths;
};

struct Tape {
  TokenShape shape;  // of the last block; all others have Q = T
  std::vector<BlockTape> blocks;
  Buffer last;  // [B, Q, D] tokens that enter the final norm
};

/// Memory of a backward pass through one image, planned once: gradients in f32, and room for
/// copies of them as products take them in.
struct Gradients {
  Gradients(const VitDescription& vit, int64_t tokens, FloatType type)
      : x(size_t(tokens * vit.dim)),
        y(x.size()),
        q(x.size()),
        k(x.size()),
        v(x.size()),
        normal(vit.qk_norm ? x.size() : 0),
        qkv_or_hidden(size_t(tokens * std::max(vit.fc1_dim(), vit.dim))),
        gated(vit.mlp == MlpKind::gated ? size_t(tokens * vit.mlp_dim) : 0),
        halves(vit.mlp == MlpKind::gated || vit.mlp_norm ? size_t(2 * tokens * vit.mlp_dim) : 0),
        probs(size_t(vit.maps() * tokens * tokens)),
        residual(vit.block != BlockKind::pre_norm ? x.size() : 0),
        halves_probs(vit.differential ? size_t(2 * vit.heads * tokens * tokens) : 0),
        rows(qkv_or_hidden.size(), type),
        context(x.size(), type),
        scores(std::max(probs.size(), halves_probs.size()), type) {}

  size_t bytes() const {
    const size_t floats = x.size() + y.size() + q.size() + k.size() + v.size() + normal.size() +
                          qkv_or_hidden.size() + gated.size() + halves.size() + probs.size() +
                          residual.size() + halves_probs.size();
    return floats * sizeof(float) + rows.bytes() + context.bytes() + scores.bytes();
  }

  Buffer x;              // [T, D]     the residual stream's gradient
  Buffer y;              // [T, D]     that of a normalised copy, or of what attention mixed
  Buffer q;              // [Q, D]
  Buffer k;              // [T, D]
  Buffer v;              // [T, D]
  Buffer normal;         // [T, D]     q's or k's after their norm, where they have one
  Buffer qkv_or_hidden;  // [Q, fc1], or a normalised copy [T, D]
  Buffer gated;          // [Q, mlp]   hidden values', in a gated MLP
  Buffer halves;         // [2, Q, mlp]  room of an MLP that is gated or normalised
  Buffer probs;          // [H, Q, T]  the attention probabilities', then the scores'
  Buffer residual;       // [T, D]     what blocks of other kinds than the plain one keep
  Buffer halves_probs;   // [2 H, Q, T]  those of differential attention's two

  FloatBuffer rows;     // [T, fc1]   what a layer's backward() takes in
  FloatBuffer context;  // [Q, D]
  FloatBuffer scores;   // [H, Q, T]
};

}  // namespace saccade
