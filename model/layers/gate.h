// The gate of a gated MLP (Shazeer 2020, arXiv:2002.05202).
#pragma once

#include <cstdint>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// y [rows, columns] = act(a) ⊙ b for the rows [a, b] of x [rows, 2 * columns], on all threads.
void gate(Activation activation, FloatView x, int64_t rows, int64_t columns, FloatView y);

/// dy [rows, columns] -> dx [rows, 2 * columns]. `scratch` has the size of x.
void gate_backward(Activation activation, const float* x, const float* dy, int64_t rows,
                   int64_t columns, float* scratch, float* dx, Runtime& runtime);

}  // namespace saccade
