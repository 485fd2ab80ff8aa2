#include "model/token_shape.h"

#include <cstring>

namespace saccade {

void keep_queries(Numbers rows, const TokenShape& shape, int64_t dim) {
  if (shape.queries == shape.tokens) return;
  for (int64_t image = 1; image < shape.batch; ++image) {
    std::memmove(rows.from(image * shape.queries * dim).data(),
                 rows.from(image * shape.tokens * dim).data(),
                 static_cast<size_t>(shape.queries * dim * bytes_of(rows.type())));
  }
}

}  // namespace saccade
