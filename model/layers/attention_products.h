// The two products of attention, of some of a head's queries at a time.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/matmul.h"
#include "model/kernels/profile.h"
#include "model/kernels/row_chunks.h"
#include "model/kernels/runtime.h"
#include "model/layers/token_shape.h"

namespace saccade {

/// Made when a size is first seen, then reused. Each runs on one thread.
class AttentionProducts {
 public:
  struct Products {
    std::unique_ptr<Matmul> scores;  // [rows, k] x [k, T]
    std::unique_ptr<Matmul> mix;     // [rows, T] x [T, d]
  };

  /// Heads of `key_dim` columns k of queries and keys, `head_dim` columns d of values.
  AttentionProducts(Runtime& runtime, int64_t key_dim, int64_t head_dim, FloatType type);

  const Products& of(int64_t rows, int64_t tokens);

  /// The queries of each of `heads` heads of a batch, cut so that scores stay in a core's cache and
  /// there is work for every thread.
  RowChunks chunks(int64_t heads, const TokenShape& shape) const;

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Size {
    int64_t rows, tokens;
    auto operator<=>(const Size&) const = default;
  };

  Runtime* runtime_;
  int64_t key_dim_, head_dim_;
  FloatType type_;
  std::map<Size, Products> by_size_;
};

}  // namespace saccade
