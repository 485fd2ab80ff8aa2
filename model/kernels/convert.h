// From one type of numbers to another.
#pragma once

#include "model/kernels/float_view.h"

namespace saccade {

/// to[i] = from[i], rounded to the nearest where the type is smaller; on all threads.
void convert(FloatView from, int64_t count, FloatView to);

/// Rows of a dense matrix to rows that lie `stride` apart, on the calling thread.
void copy_rows(const float* from, int64_t rows, int64_t columns, FloatView to, int64_t stride);

/// The same, each row times its factor.
void scale_rows(const float* from, int64_t rows, int64_t columns, const float* factors,
                FloatView to, int64_t stride);

/// `values` themselves if they are of that type, else a copy of them in `room`.
FloatView as_type(FloatView values, int64_t count, FloatView room);

}  // namespace saccade
