#include "model/kernels/quantize.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/quantize.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/parallel.h"
#include "model/kernels/quantize_simd.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

void QuantizeF32(const float* x, size_t count, uint8_t* u, RowQuantization* quantization) {
  *quantization = quantize_row(x, count, u);
}

void QuantizeBf16(const Bf16* x, size_t count, uint8_t* u, RowQuantization* quantization) {
  *quantization = quantize_row(x, count, u);
}

// Σ (w - scale * s)² and Σ w².
void add_errors(const float* w, const int8_t* s, size_t count, float scale, SquaredError& error) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<int8_t, decltype(d)> small;
  const hn::Rebind<int32_t, decltype(d)> whole;
  const size_t N = hn::Lanes(d);
  auto errors = hn::Zero(d), values = hn::Zero(d);
  size_t i = 0;
  for (; i + N <= count; i += N) {
    const auto v = hn::LoadU(d, w + i);
    const auto code = hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(small, s + i)));
    const auto off = hn::NegMulAdd(code, hn::Set(d, scale), v);
    errors = hn::MulAdd(off, off, errors);
    values = hn::MulAdd(v, v, values);
  }
  error.errors += double(hn::GetLane(hn::SumOfLanes(d, errors)));
  error.values += double(hn::GetLane(hn::SumOfLanes(d, values)));
  for (; i < count; ++i) {
    error.errors += std::pow(double(w[i]) - double(scale) * s[i], 2);
    error.values += std::pow(double(w[i]), 2);
  }
}

float QuantizeChannel(const float* w, size_t count, float limit, int8_t* s, SquaredError& error) {
  const Range range = range_of(w, count);
  const float largest = std::max(range.greatest, -range.least);
  const float scale = largest > kLeastWidth ? largest / limit : 1;
  round_each(w, count, 1 / scale, 0, s);
  add_errors(w, s, count, scale, error);
  return scale + range.poison;
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(QuantizeF32);
HWY_EXPORT(QuantizeBf16);
HWY_EXPORT(QuantizeChannel);

void quantize_rows(FloatView x, int64_t rows, int64_t columns, const QuantizedRows& to) {
  parallel_for(rows, [&](int64_t row) {
    const int64_t first = row * columns;
    if (x.type() == FloatType::f32) {
      HWY_DYNAMIC_DISPATCH(QuantizeF32)
      (x.f32() + first, size_t(columns), to.values + first, to.quantization + row);
    } else {
      HWY_DYNAMIC_DISPATCH(QuantizeBf16)
      (x.bf16() + first, size_t(columns), to.values + first, to.quantization + row);
    }
  });
}

float quantize_channel(std::span<const float> w, int limit, int8_t* s, SquaredError& error) {
  return HWY_DYNAMIC_DISPATCH(QuantizeChannel)(w.data(), w.size(), float(limit), s, error);
}

}  // namespace saccade
#endif  // HWY_ONCE
