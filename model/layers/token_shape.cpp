#include "model/layers/token_shape.h"

#include <cstddef>
#include <cstring>

namespace saccade {

namespace {

// keep_queries() for rows of `bytes` each.
void keep_first(void* rows, const TokenShape& shape, int64_t bytes) {
  auto* all = static_cast<std::byte*>(rows);
  for (int64_t image = 1; image < shape.batch; ++image) {
    std::memmove(all + image * shape.queries * bytes, all + image * shape.tokens * bytes,
                 static_cast<size_t>(shape.queries * bytes));
  }
}

}  // namespace

void keep_queries(const LayerInput& rows, const TokenShape& shape, int64_t dim) {
  if (shape.queries == shape.tokens) return;
  if (const auto* numbers = std::get_if<FloatView>(&rows)) {
    return keep_first(numbers->data(), shape, dim * bytes_of(numbers->type()));
  }
  const auto& quantized = std::get<QuantizedRows>(rows);
  keep_first(quantized.values, shape, dim);
  keep_first(quantized.quantization, shape, sizeof(RowQuantization));
}

}  // namespace saccade
