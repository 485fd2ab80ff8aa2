// What is applied to a product before it is stored: bias, activation, sum.
#pragma once

#include <cstdint>
#include <optional>

#include "model/kernels/float_view.h"
#include "model/kernels/quantize.h"
#include "weights/describe/vit_description.h"

namespace saccade {

struct Epilogue {
  std::optional<Activation> activation{};  ///< applied to product and bias
  bool accumulate = false;                 ///< in place of it, added to what is in an f32 result
};

/// The place of element (row, column) of a result: rows are in groups (the tokens of one image),
/// columns in segments (the columns of one head).
struct OutputLayout {
  int64_t group_rows, group_stride, row_stride;
  int64_t segment_columns, segment_stride;

  /// A dense matrix of `columns` columns.
  static OutputLayout plain(int64_t columns) { return {INT64_MAX, 0, columns, columns, columns}; }

  int64_t row(int64_t row) const {
    return row / group_rows * group_stride + row % group_rows * row_stride;
  }
};

/// A dense part of a product, before the epilogue.
struct Tile {
  void* values;  ///< f32, or of an int8 product s32
  int64_t first_row, rows, first_column, columns;
};

/// What turns an int8 product of quantized rows and weights into floats, by row and column of the
/// whole result.
struct Dequantization {
  const RowQuantization* rows = nullptr;
  const float* scales = nullptr;  ///< of each column
  const float* sums = nullptr;    ///< scale * the sum of the column's integers
};

/// y = epilogue(tile + bias). If `dequantization` has rows, the tile is an int8 product: for x = a
/// (u - z) and w = b s, Σ x w = a (b Σ u s - z b Σ s).
void apply_epilogue(const Tile& tile, const Dequantization& dequantization, const float* bias,
                    const Epilogue& epilogue, const OutputLayout& to, FloatView y);

/// The same for a tile of whole rows of an int8 product, to quantized rows. Overwrites the tile.
void apply_epilogue(const Tile& tile, const Dequantization& dequantization, const float* bias,
                    const Epilogue& epilogue, const QuantizedRows& y);

/// y[i] = activation(x[i]), on all threads.
void activate(Activation activation, const float* x, int64_t count, FloatView y);

}  // namespace saccade
