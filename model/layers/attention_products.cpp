#include "model/layers/attention_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace saccade {

AttentionProducts::AttentionProducts(Runtime& runtime, const Key& key)
    : scores(runtime, dense({key.rows, key.key_dim}, data_type(key.type)),
             strided({key.key_dim, key.tokens}, {1, key.key_dim}, data_type(key.type)),
             dense({key.rows, key.tokens})),
      mix(runtime, dense({key.rows, key.tokens}, data_type(key.type)),
          dense({key.tokens, key.head_dim}, data_type(key.type)), dense({key.rows, key.head_dim})) {
}

RowChunks attention_chunks(int64_t heads, const TokenShape& shape, int threads) {
  constexpr int64_t kMostScores = 1 << 16;
  const int64_t all = shape.batch * heads;
  int64_t pieces = (shape.queries * shape.tokens + kMostScores - 1) / kMostScores;
  while (all * pieces % threads != 0 && all * pieces < 4 * threads) ++pieces;
  return {shape.queries, std::min(pieces, shape.queries)};
}

void list_attention_products(Runtime& runtime, std::vector<PrimitiveInfo>& list) {
  for (const auto& [key, products] : runtime.all<AttentionProducts>()) {
    const std::string name = fmt::format("attn [{}, {}]", key.rows, key.tokens);
    list.push_back({name + " q k^T", products.scores.implementation()});
    list.push_back({name + " probs v", products.mix.implementation()});
  }
}

}  // namespace saccade
