// What is done to a product before it is stored: bias, activation, sum.
#pragma once

#include <cstdint>
#include <optional>

#include "model/kernels/numbers.h"
#include "model/kernels/quantize.h"
#include "weights/describe/vit_description.h"

namespace saccade {

struct Finish {
  std::optional<Activation> activation{};  ///< applied to product and bias
  bool accumulate = false;                 ///< in place of it, added to what is in an f32 result
};

/// Where element (row, column) of a result goes: rows in groups (the tokens of one image), columns
/// in segments (the columns of one head).
struct Placement {
  int64_t group_rows, group_stride, row_stride;
  int64_t segment_columns, segment_stride;

  /// A dense matrix of `columns` columns.
  static Placement plain(int64_t columns) { return {INT64_MAX, 0, columns, columns, columns}; }

  int64_t row(int64_t row) const {
    return row / group_rows * group_stride + row % group_rows * row_stride;
  }
};

/// A part of a product as it was computed, dense.
struct Tile {
  void* values;  ///< f32, or of an int8 product s32
  int64_t first_row, rows, first_column, columns;
};

/// What brings an int8 product of quantised rows and weights back to numbers; by row and column of
/// the whole result.
struct Codes {
  const RowCode* rows = nullptr;
  const float* scales = nullptr;  ///< of each column
  const float* sums = nullptr;    ///< scale * the sum of the column's integers
};

/// y = finish(tile + bias). With `codes`, the tile is an int8 product: for
/// x = a (u - z) and w = b s, Σ x w = a (b Σ u s - z b Σ s).
void finish_tile(const Tile& tile, const Codes& codes, const float* bias, const Finish& finish,
                 const Placement& to, Numbers y);

/// The same of a tile of whole rows of an int8 product, to quantised rows; the tile is overwritten.
void finish_tile(const Tile& tile, const Codes& codes, const float* bias, const Finish& finish,
                 const CodedRows& y);

/// y[i] = activation(x[i]), on all threads.
void activate(Activation activation, const float* x, int64_t count, Numbers y);

}  // namespace saccade
