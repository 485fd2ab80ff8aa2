// How many rows of tokens there are, and how many of them a step works on.
#pragma once

#include <compare>
#include <cstdint>

#include "model/kernels/quantize.h"

namespace saccade {

/// The rows of a batch of images.
struct TokenShape {
  int64_t batch = 1;    ///< B, images
  int64_t tokens = 0;   ///< T, rows of an image's sequence
  int64_t queries = 0;  ///< Q, the first rows of each sequence that are needed from here on

  int64_t rows() const { return batch * tokens; }         ///< B T
  int64_t query_rows() const { return batch * queries; }  ///< B Q

  friend auto operator<=>(const TokenShape&, const TokenShape&) = default;
};

/// Moves the first Q rows of every sequence together, in place: rows [B, T, dim] -> [B, Q, dim].
void keep_queries(const LayerInput& rows, const TokenShape& shape, int64_t dim);

}  // namespace saccade
