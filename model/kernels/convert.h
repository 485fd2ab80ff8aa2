// Conversions between types of floats.
#pragma once

#include "model/kernels/float_view.h"

namespace saccade {

/// to[i] = from[i], rounded to nearest if the type is smaller; on all threads.
void convert(FloatView from, int64_t count, FloatView to);

/// Copies rows of a dense matrix to rows `stride` apart, on the calling thread.
void copy_rows(const float* from, int64_t rows, int64_t columns, FloatView to, int64_t stride);

/// The same, with each row multiplied by its factor.
void scale_rows(const float* from, int64_t rows, int64_t columns, const float* factors,
                FloatView to, int64_t stride);

/// `values` if they have the type of `scratch`, else a converted copy in `scratch`.
FloatView as_type(FloatView values, int64_t count, FloatView scratch);

}  // namespace saccade
