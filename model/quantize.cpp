#include "model/quantize.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/quantize.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/numbers_simd.h"
#include "model/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

struct Range {
  float least, greatest;
  float poison;  // 0, or NaN where a value is not finite: comparisons would lose it
  float width() const { return greatest - least; }
};

// Below this a scale's inverse is not finite, and all values may be 0.
constexpr float kLeastWidth = 1e-30f;

// Of the values and 0.
template <typename T>
Range range_of(const T* x, size_t count) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const size_t N = hn::Lanes(d);
  auto least = hn::Zero(d), greatest = hn::Zero(d), poison = hn::Zero(d);
  size_t i = 0;
  for (; i + N <= count; i += N) {
    const auto v = load(d, x + i);
    least = hn::Min(least, v);
    greatest = hn::Max(greatest, v);
    poison = hn::MulAdd(v, hn::Zero(d), poison);
  }
  Range range{hn::GetLane(hn::MinOfLanes(d, least)), hn::GetLane(hn::MaxOfLanes(d, greatest)),
              hn::GetLane(hn::SumOfLanes(d, poison))};
  for (; i < count; ++i) {
    const float value = hn::GetLane(load(one, x + i));
    range = {std::min(range.least, value), std::max(range.greatest, value),
             range.poison + value * 0};
  }
  return range;
}

// to = x * factor + shift, to the nearest, within the type's limits.
template <typename From, typename To>
void round_each(const From* x, size_t count, float factor, float shift, To* to) {
  for_vectors(count, [=](auto d, size_t i) HWY_ATTR {
    const hn::Rebind<To, decltype(d)> small;
    const auto v = hn::MulAdd(load(d, x + i), hn::Set(d, factor), hn::Set(d, shift));
    hn::StoreU(hn::DemoteTo(small, hn::NearestInt(v)), small, to + i);
  });
}

template <typename T>
RowCode quantize_row(const T* x, size_t count, uint8_t* u) {
  const Range range = range_of(x, count);
  const float scale = range.width() > kLeastWidth ? range.width() / 255 : 1;
  const float zero = std::round(-range.least / scale);
  round_each(x, count, 1 / scale, zero, u);
  return {scale + range.poison, zero};
}

void QuantizeF32(const float* x, size_t count, uint8_t* u, RowCode* code) {
  *code = quantize_row(x, count, u);
}

void QuantizeBf16(const Bf16* x, size_t count, uint8_t* u, RowCode* code) {
  *code = quantize_row(x, count, u);
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
  return scale;
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(QuantizeF32);
HWY_EXPORT(QuantizeBf16);
HWY_EXPORT(QuantizeChannel);

void quantize_rows(Numbers x, int64_t rows, int64_t columns, uint8_t* u, RowCode* codes) {
  parallel_for(rows, [&](int64_t row) {
    const int64_t first = row * columns;
    if (x.type() == NumberType::f32) {
      HWY_DYNAMIC_DISPATCH(QuantizeF32)
      (x.f32() + first, size_t(columns), u + first, codes + row);
    } else {
      HWY_DYNAMIC_DISPATCH(QuantizeBf16)
      (x.bf16() + first, size_t(columns), u + first, codes + row);
    }
  });
}

float quantize_channel(std::span<const float> w, int limit, int8_t* s, SquaredError& error) {
  return HWY_DYNAMIC_DISPATCH(QuantizeChannel)(w.data(), w.size(), float(limit), s, error);
}

}  // namespace saccade
#endif  // HWY_ONCE
