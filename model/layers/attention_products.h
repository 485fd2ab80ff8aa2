// The two products of attention, for some of a head's queries at a time.
#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/matmul.h"
#include "model/kernels/profile.h"
#include "model/kernels/row_chunks.h"
#include "model/kernels/runtime.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// Each product runs on one thread.
struct AttentionProducts {
  struct Key {
    int64_t rows, tokens;       // rows of queries, T
    int64_t key_dim, head_dim;  // k columns of queries and keys, d of values
    FloatType type;
    auto operator<=>(const Key&) const = default;
  };

  AttentionProducts(Runtime& runtime, const Key& key);

  Matmul scores;  // [rows, k] x [k, T]
  Matmul mix;     // [rows, T] x [T, d]
};

/// Cuts the queries of each of `heads` heads of a batch so that scores stay in a core's cache and
/// every thread has work.
RowChunks attention_chunks(int64_t heads, const TokenShape& shape, int threads);

/// Lists the products that attention has made in `runtime`.
void list_attention_products(Runtime& runtime, std::vector<PrimitiveInfo>& list);

}  // namespace saccade
