#include "model/layers/softmax.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/layers/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/exp_simd.h"
#include "model/kernels/float_view_simd.h"
#include "model/kernels/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

float row_max(const float* x, size_t count) {
  const hn::ScalableTag<float> d;
  const size_t N = hn::Lanes(d);
  if (count < N) return *std::max_element(x, x + count);
  auto most = hn::LoadU(d, x + count - N);  // overlaps the last whole vector
  for (size_t i = 0; i + N <= count; i += N) most = hn::Max(most, hn::LoadU(d, x + i));
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

template <typename T>
float short_numerators(const float* x, size_t count, float scale, float most, T* to) {
  const hn::CappedTag<float, 1> one;
  float sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const auto power = exp_of(one, hn::Set(one, (x[i] - most) * scale));
    store(power, one, to + i);
    sum += hn::GetLane(power);
  }
  return sum;
}

// Returns the sum. The last vector overlaps the one before: it is read before that one is written.
template <typename T>
float numerators(const float* x, size_t count, float scale, T* to) {
  const hn::ScalableTag<float> d;
  const size_t N = hn::Lanes(d);
  const float most = row_max(x, count);
  if (count < N) return short_numerators(x, count, scale, most, to);
  const auto power = [=](size_t i) HWY_ATTR {
    const auto below = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, most));
    return exp_of(d, hn::Mul(below, hn::Set(d, scale)));
  };
  const size_t last = count - N;
  const auto powers_of_last = power(last);
  const auto seen = hn::FirstN(d, N - count % N);  // lanes that the others sum up
  auto sums = hn::IfThenZeroElse(seen, powers_of_last);
  for (size_t i = 0; i + N <= count; i += N) {
    const auto powers = power(i);
    store(powers, d, to + i);
    sums = hn::Add(sums, powers);
  }
  store(powers_of_last, d, to + last);
  return hn::GetLane(hn::SumOfLanes(d, sums));
}

float NumeratorsF32(const float* x, size_t count, float scale, float* to) {
  return numerators(x, count, scale, to);
}
float NumeratorsBf16(const float* x, size_t count, float scale, Bf16* to) {
  return numerators(x, count, scale, to);
}

void ScaleAndAdd(float* x, size_t count, float scale, const float* bias) {
  for_vectors(count, [=](auto d, size_t i) HWY_ATTR {
    const auto sum = hn::MulAdd(hn::LoadU(d, x + i), hn::Set(d, scale), hn::LoadU(d, bias + i));
    hn::StoreU(sum, d, x + i);
  });
}

void BackwardRow(const float* p, size_t count, float scale, float* dp) {
  const hn::ScalableTag<float> d;
  const size_t N = hn::Lanes(d);
  auto sums = hn::Zero(d);
  size_t i = 0;
  for (; i + N <= count; i += N) sums = hn::MulAdd(hn::LoadU(d, p + i), hn::LoadU(d, dp + i), sums);
  float sum = hn::GetLane(hn::SumOfLanes(d, sums));
  for (; i < count; ++i) sum += p[i] * dp[i];
  for_vectors(count, [=](auto tag, size_t j) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(tag, dp + j), hn::Set(tag, sum));
    const auto scaled = hn::Mul(hn::LoadU(tag, p + j), hn::Set(tag, scale));
    hn::StoreU(hn::Mul(scaled, centred), tag, dp + j);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(NumeratorsF32);
HWY_EXPORT(NumeratorsBf16);
HWY_EXPORT(ScaleAndAdd);
HWY_EXPORT(BackwardRow);

void scale_and_add(float* x, int64_t count, float scale, const float* bias) {
  HWY_DYNAMIC_DISPATCH(ScaleAndAdd)(x, size_t(count), scale, bias);
}

void softmax_numerators(const float* x, int64_t rows, int64_t columns, float scale, FloatView to,
                        float* factors) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t first = row * columns;
    const float sum = to.type() == FloatType::f32
                          ? HWY_DYNAMIC_DISPATCH(NumeratorsF32)(x + first, size_t(columns), scale,
                                                                to.f32() + first)
                          : HWY_DYNAMIC_DISPATCH(NumeratorsBf16)(x + first, size_t(columns), scale,
                                                                 to.bf16() + first);
    factors[row] = 1 / sum;
  }
}

void softmax_backward(const float* p, int64_t rows, int64_t columns, float scale, float* dp) {
  parallel_for(rows, [&](int64_t row) {
    const int64_t first = row * columns;
    HWY_DYNAMIC_DISPATCH(BackwardRow)(p + first, size_t(columns), scale, dp + first);
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
