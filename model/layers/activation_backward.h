// The gradient of an activation function, by oneDNN.
#pragma once

#include <cstdint>
#include <vector>

#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// dx = f'(x) dy for `count` values; dx may be dy.
void activation_backward(Activation activation, const float* x, const float* dy, int64_t count,
                         float* dx, Runtime& runtime);

/// Lists the primitives that activation_backward() has made in `runtime`.
void list_activation_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list);

}  // namespace saccade
