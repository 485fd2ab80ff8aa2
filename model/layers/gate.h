// The gate of a gated MLP (Shazeer 2020, arXiv:2002.05202).
#pragma once

#include <cstdint>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// y [rows, columns] = act(the first half of each row of x [rows, 2 * columns]) times the second;
/// on all threads.
void gate(Activation activation, FloatView x, int64_t rows, int64_t columns, FloatView y);

/// Gradients: of y, dy [rows, columns], to dx [rows, 2 * columns]. `scratch` [2, rows, columns].
void gate_backward(Activation activation, const float* x, const float* dy, int64_t rows,
                   int64_t columns, float* scratch, float* dx, Runtime& runtime);

}  // namespace saccade
