#include "model/layers/gate.h"

#include <algorithm>
#include <functional>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/layers/gate.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/activation_simd.h"
#include "model/kernels/epilogue.h"
#include "model/kernels/float_view_simd.h"
#include "model/kernels/parallel.h"
#include "model/layers/activation_backward.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

template <typename From, typename To>
void gate_row(Activation activation, const From* x, size_t columns, To* y) {
  with_activation(activation, [&](const auto& function) HWY_ATTR {
    for_vectors(columns, [&](auto d, size_t i) HWY_ATTR {
      const auto opened = function(d, load(d, x + i));
      store(hn::Mul(opened, load(d, x + columns + i)), d, y + i);
    });
  });
}

void GateRow(Activation activation, const FloatView& x, size_t columns, const FloatView& y) {
  const auto from = [&](const auto* row) HWY_ATTR {
    if (y.type() == FloatType::f32) {
      gate_row(activation, row, columns, y.f32());
    } else {
      gate_row(activation, row, columns, y.bf16());
    }
  };
  if (x.type() == FloatType::f32) {
    from(x.f32());
  } else {
    from(x.bf16());
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(GateRow);

void gate(Activation activation, FloatView x, int64_t rows, int64_t columns, FloatView y) {
  parallel_for(rows, [&](int64_t row) {
    HWY_DYNAMIC_DISPATCH(GateRow)
    (activation, x.from(row * 2 * columns), size_t(columns), y.from(row * columns));
  });
}

void gate_backward(Activation activation, const float* x, const float* dy, int64_t rows,
                   int64_t columns, float* scratch, float* dx, Runtime& runtime) {
  float* first = scratch;                     // [rows, columns] the activation's input
  float* dopened = scratch + rows * columns;  // [rows, columns] the gradient of its output
  parallel_for(rows, [&](int64_t row) {
    const float* halves = x + row * 2 * columns;
    const int64_t at = row * columns;
    std::copy_n(halves, columns, first + at);
    std::transform(dy + at, dy + at + columns, halves + columns, dopened + at, std::multiplies<>());
  });
  activation_backward(activation, first, dopened, rows * columns, dopened, runtime);
  activate(activation, first, rows * columns, first);
  parallel_for(rows, [&](int64_t row) {
    float* halves = dx + row * 2 * columns;
    const int64_t at = row * columns;
    std::copy_n(dopened + at, columns, halves);
    std::transform(dy + at, dy + at + columns, first + at, halves + columns, std::multiplies<>());
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
