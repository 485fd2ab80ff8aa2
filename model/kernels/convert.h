// From one type of numbers to another.
#pragma once

#include "model/kernels/numbers.h"

namespace saccade {

/// to[i] = from[i], rounded to the nearest where the type is smaller; on all threads.
void convert(Numbers from, int64_t count, Numbers to);

/// Rows of a dense matrix to rows that lie `stride` apart, on the calling thread.
void copy_rows(const float* from, int64_t rows, int64_t columns, Numbers to, int64_t stride);

/// The same, each row times its factor.
void scale_rows(const float* from, int64_t rows, int64_t columns, const float* factors, Numbers to,
                int64_t stride);

/// `values` themselves if they are of that type, else a copy of them in `room`.
Numbers as_type(Numbers values, int64_t count, Numbers room);

}  // namespace saccade
