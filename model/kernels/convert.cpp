#include "model/kernels/convert.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/convert.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/float_view_simd.h"
#include "model/kernels/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

template <typename From, typename To>
void convert_each(const From* from, size_t count, To* to) {
  for_vectors(count, [=](auto d, size_t i) HWY_ATTR { store(load(d, from + i), d, to + i); });
}

void Narrow(const float* from, size_t count, Bf16* to) { convert_each(from, count, to); }
void Widen(const Bf16* from, size_t count, float* to) { convert_each(from, count, to); }

template <typename T>
void scale_each(const float* from, int64_t rows, int64_t columns, const float* factors, T* to,
                int64_t stride) {
  for (int64_t row = 0; row < rows; ++row) {
    const float factor = factors[row];
    for_vectors(size_t(columns), [=](auto d, size_t i) HWY_ATTR {
      store(hn::Mul(hn::LoadU(d, from + row * columns + i), hn::Set(d, factor)), d,
            to + row * stride + i);
    });
  }
}

void ScaleRows(const float* from, int64_t rows, int64_t columns, const float* factors,
               const FloatView& to, int64_t stride) {
  if (to.type() == FloatType::f32) {
    scale_each(from, rows, columns, factors, to.f32(), stride);
  } else {
    scale_each(from, rows, columns, factors, to.bf16(), stride);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {
namespace {

HWY_EXPORT(Narrow);
HWY_EXPORT(Widen);
HWY_EXPORT(ScaleRows);

// On the calling thread.
void convert_part(FloatView from, int64_t count, FloatView to) {
  if (from.type() == to.type()) {
    std::copy_n(static_cast<const std::byte*>(from.data()), count * bytes_of(to.type()),
                static_cast<std::byte*>(to.data()));
  } else if (from.type() == FloatType::f32) {
    HWY_DYNAMIC_DISPATCH(Narrow)(from.f32(), size_t(count), to.bf16());
  } else {
    HWY_DYNAMIC_DISPATCH(Widen)(from.bf16(), size_t(count), to.f32());
  }
}

}  // namespace

void convert(FloatView from, int64_t count, FloatView to) {
  constexpr int64_t kPart = 1 << 14;
  parallel_for((count + kPart - 1) / kPart, [&](int64_t part) {
    const int64_t first = part * kPart;
    convert_part(from.from(first), std::min(kPart, count - first), to.from(first));
  });
}

void copy_rows(const float* from, int64_t rows, int64_t columns, FloatView to, int64_t stride) {
  for (int64_t row = 0; row < rows; ++row) {
    convert_part(const_cast<float*>(from) + row * columns, columns, to.from(row * stride));
  }
}

void scale_rows(const float* from, int64_t rows, int64_t columns, const float* factors,
                FloatView to, int64_t stride) {
  HWY_DYNAMIC_DISPATCH(ScaleRows)(from, rows, columns, factors, to, stride);
}

FloatView as_type(FloatView values, int64_t count, FloatView scratch) {
  if (values.type() == scratch.type()) return values;
  convert(values, count, scratch);
  return scratch;
}

}  // namespace saccade
#endif  // HWY_ONCE
