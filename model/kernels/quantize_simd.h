// Rows to 8-bit integers. Included once for every target of Highway.
#if defined(SACCADE_MODEL_QUANTIZE_SIMD_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SACCADE_MODEL_QUANTIZE_SIMD_H
#undef SACCADE_MODEL_QUANTIZE_SIMD_H
#else
#define SACCADE_MODEL_QUANTIZE_SIMD_H
#endif

#include <algorithm>
#include <cmath>

#include "model/kernels/float_view_simd.h"
#include "model/kernels/quantize.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

struct Range {
  float least, greatest;
  float poison;  // 0, or NaN where a value is not finite: comparisons would lose it
  float width() const { return greatest - least; }
};

// Below this width the inverse of a scale may not be finite.
inline constexpr float kLeastWidth = 1e-30f;

// The range of the values and 0.
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

/// See quantize_rows().
template <typename T>
RowQuantization quantize_row(const T* x, size_t count, uint8_t* u) {
  const Range range = range_of(x, count);
  const float scale = range.width() > kLeastWidth ? range.width() / 255 : 1;
  const float zero_point = std::round(-range.least / scale);
  round_each(x, count, 1 / scale, zero_point, u);
  return {scale + range.poison, zero_point};
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#endif
