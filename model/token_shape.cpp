#include "model/token_shape.h"

#include <cstring>

namespace saccade {

void keep_queries(float* rows, const TokenShape& shape, int64_t dim) {
  if (shape.queries == shape.tokens) return;
  for (int64_t image = 1; image < shape.batch; ++image) {
    std::memmove(rows + image * shape.queries * dim, rows + image * shape.tokens * dim,
                 static_cast<size_t>(shape.queries * dim) * sizeof(float));
  }
}

}  // namespace saccade
