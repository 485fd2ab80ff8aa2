// Softmax of rows, and its gradient. Vectorized for every target by Highway.
#pragma once

#include <cstdint>

#include "model/kernels/float_view.h"

namespace saccade {

/// x = scale * x + bias, `count` values, on the calling thread.
void scale_and_add(float* x, int64_t count, float scale, const float* bias);

/// The numerators of softmax(scale * x): to = exp(scale * (x - max(x))) for each row of x [rows,
/// columns], and in `factors` [rows] 1 / its sum, by which the caller multiplies. On the calling
/// thread; `to` may be x.
void softmax_numerators(const float* x, int64_t rows, int64_t columns, float scale, FloatView to,
                        float* factors);

/// Gradients of the scores x in p = softmax(scale * x), in place: dp becomes
/// scale * p (dp - Σ p dp), row by row, on all threads.
void softmax_backward(const float* p, int64_t rows, int64_t columns, float scale, float* dp);

}  // namespace saccade
