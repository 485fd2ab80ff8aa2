// FloatView as 8-bit integers, and how much is lost.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <variant>

#include "model/kernels/float_view.h"

namespace saccade {

/// How a row was quantised: x = scale * (u - zero), u in 0 to 255.
struct RowQuantization {
  float scale = 0;
  float zero_point = 0;  ///< a whole number: 0 is one of the values
};

/// Quantised rows, dense.
struct QuantizedRows {
  uint8_t* values;                ///< [rows, columns]
  RowQuantization* quantization;  ///< [rows]
};

/// Uninitialised memory for quantised rows.
class QuantizedBuffer {
 public:
  QuantizedBuffer(size_t rows, int64_t columns)
      : values_((rows * size_t(columns) + sizeof(float) - 1) / sizeof(float)),
        quantization_(rows * sizeof(RowQuantization) / sizeof(float)) {}

  QuantizedRows rows() const {
    return {reinterpret_cast<uint8_t*>(values_.data()),
            reinterpret_cast<RowQuantization*>(quantization_.data())};
  }
  size_t bytes() const { return (values_.size() + quantization_.size()) * sizeof(float); }

 private:
  Buffer values_, quantization_;
};

/// Rows as a layer takes them in.
using LayerInput = std::variant<FloatView, QuantizedRows>;

/// Each row from its own least to its own greatest value, x [rows, columns] -> u [rows, columns],
/// on all threads: a token with large values takes nothing from the others. The scale of a row that
/// is not finite is not finite either.
void quantize_rows(FloatView x, int64_t rows, int64_t columns, const QuantizedRows& to);

/// How far numbers are from what they were.
struct SquaredError {
  double errors = 0, values = 0;  ///< sums of squares

  double relative() const { return values > 0 ? std::sqrt(errors / values) : 0; }
};

/// One output channel's weights, symmetrically: w = scale * s, s from -limit to limit. Returns the
/// scale, and adds up what is lost.
float quantize_channel(std::span<const float> w, int limit, int8_t* s, SquaredError& error);

}  // namespace saccade
