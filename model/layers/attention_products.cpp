#include "model/layers/attention_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace saccade {

AttentionProducts::AttentionProducts(Runtime& runtime, int64_t key_dim, int64_t head_dim,
                                     FloatType type)
    : runtime_(&runtime), key_dim_(key_dim), head_dim_(head_dim), type_(type) {}

const AttentionProducts::Products& AttentionProducts::of(int64_t rows, int64_t tokens) {
  Products& known = by_size_[{rows, tokens}];
  if (known.scores) return known;
  const int64_t T = tokens, k = key_dim_, d = head_dim_;
  const auto type = data_type(type_);
  known.scores = std::make_unique<Matmul>(*runtime_, Team::each, dense({rows, k}, type),
                                          strided({k, T}, {1, k}, type), dense({rows, T}));
  known.mix = std::make_unique<Matmul>(*runtime_, Team::each, dense({rows, T}, type),
                                       dense({T, d}, type), dense({rows, d}));
  return known;
}

RowChunks AttentionProducts::chunks(int64_t heads, const TokenShape& shape) const {
  constexpr int64_t kMostScores = 1 << 16;
  const int64_t all = shape.batch * heads, threads = runtime_->threads();
  int64_t pieces = (shape.queries * shape.tokens + kMostScores - 1) / kMostScores;
  while (all * pieces % threads != 0 && all * pieces < 4 * threads) ++pieces;
  return {shape.queries, std::min(pieces, shape.queries)};
}

void AttentionProducts::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const auto& [size, run] : by_size_) {
    const std::string name = fmt::format("attn [{}, {}]", size.rows, size.tokens);
    list.push_back({name + " q k^T", run.scores->implementation()});
    list.push_back({name + " probs v", run.mix->implementation()});
  }
}

}  // namespace saccade
