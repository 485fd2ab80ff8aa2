// What a recorded forward pass keeps for the backward pass: 5 D + mlp values per token and one
// attention matrix per head, for each block. For ViT-B/16 at 224 pixels 88 MB per image in f32.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// Values per token, and maps [Q, T] per image, that layers keep on the tape of a branch. Each
/// layer says which it needs; 0: not that buffer.
struct TapeWidths {
  int64_t qkv = 0, raw_qk = 0, context = 0, hidden = 0;
  int64_t half_maps = 0;

  TapeWidths with(const TapeWidths& other) const {
    return {std::max(qkv, other.qkv), std::max(raw_qk, other.raw_qk),
            std::max(context, other.context), std::max(hidden, other.hidden),
            std::max(half_maps, other.half_maps)};
  }
};

/// What one attention layer and one MLP keep. `type` is that of the operands of products.
struct BranchTape {
  BranchTape(const TapeWidths& width, const TokenShape& s, FloatType type)
      : qkv(size_t(s.rows() * width.qkv), type),
        raw_qk(size_t(s.rows() * width.raw_qk)),
        context(size_t(s.query_rows() * width.context)),
        halves(size_t(s.batch * width.half_maps * s.queries * s.tokens)),
        hidden(size_t(s.query_rows() * width.hidden)) {}

  size_t bytes() const {
    return qkv.bytes() +
           (raw_qk.size() + context.size() + halves.size() + hidden.size()) * sizeof(float);
  }

  FloatBuffer qkv;  // [B, 3, H, T, d]  of q the first Q rows
  Buffer raw_qk;    // [B, 2, T, D]     q and k before their norms, if they have some
  Buffer context;   // [B, Q, D]        what heads mix, before its norm, if it has one
  Buffer halves;    // [B, 2 H, Q, T]   the two halves of differential attention
  Buffer hidden;    // [B, Q, fc1]      fc1's output, before the activation
};

/// What a block needs on its tape.
struct BlockTapeWidths {
  int64_t dim = 0, attended = 0, maps = 0, branches = 1;
  TapeWidths branch{};
};

/// What one block keeps.
struct BlockTape {
  BlockTape(const BlockTapeWidths& width, const TokenShape& s, FloatType type)
      : x(size_t(s.rows() * width.dim)),
        probs(size_t(s.batch * width.maps * s.queries * s.tokens)),
        mid(size_t(s.query_rows() * width.dim)),
        attended(size_t(s.query_rows() * width.attended)) {
    for (int64_t i = 0; i < width.branches; ++i) branches.emplace_back(width.branch, s, type);
  }

  size_t bytes() const {
    return (x.size() + probs.size() + mid.size() + attended.size()) * sizeof(float) +
           branches.size() * branches[0].bytes();
  }

  Buffer x;         // [B, T, D]     the block's input
  Buffer probs;     // [B, H, Q, T]  attention probabilities
  Buffer mid;       // [B, Q, D]     the second norm's input
  Buffer attended;  // [B, Q, D]     the first norm's input, if it comes after attention
  std::vector<BranchTape> branches;
};

/// What a recorded pass keeps.
struct Tape {
  TokenShape shape;  // of the last block; all others have Q = T
  std::vector<BlockTape> blocks;
  Buffer last;  // [B, Q, D]  the last block's output
};

}  // namespace saccade
