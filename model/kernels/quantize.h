// Quantization to 8-bit integers, and its error.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <variant>

#include "model/kernels/float_view.h"

namespace saccade {

/// How a row was quantized: x = scale * (u - zero_point), u from 0 to 255.
struct RowQuantization {
  float scale = 0;
  float zero_point = 0;  ///< a whole number: 0 is one of the values
};

/// Dense quantized rows.
struct QuantizedRows {
  uint8_t* values;                ///< [rows, columns]
  RowQuantization* quantization;  ///< [rows]
};

/// Uninitialized memory for quantized rows.
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

/// Rows that a layer takes as input.
using LayerInput = std::variant<FloatView, QuantizedRows>;

/// Quantizes each row of x [rows, columns] over its own range, on all threads, so that a token with
/// large values does not cost others their precision. A row with a value that is not finite gets a
/// scale that is not finite.
void quantize_rows(FloatView x, int64_t rows, int64_t columns, const QuantizedRows& to);

/// The error of quantized values.
struct SquaredError {
  double errors = 0, values = 0;  ///< sums of squares

  /// Not finite if a value, or the square of one, is not.
  double relative() const {
    if (values == 0) return 0;
    return std::isfinite(values) ? std::sqrt(errors / values) : INFINITY;
  }
};

/// Quantizes the weights of one output channel symmetrically: w = scale * s, s from -limit to
/// limit. Returns the scale, which is not finite if a weight is not, and adds to `error`.
float quantize_channel(std::span<const float> w, int limit, int8_t* s, SquaredError& error);

}  // namespace saccade
