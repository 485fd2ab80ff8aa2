#include "vision/preprocess/resample_kernels.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "vision/preprocess/resample_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set

// Keep this below foreach_target.h, which must come first.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Computes `Vectors` adjacent vectors of one output row, starting at byte `at`. Weights need 24
// bits and sums 31, so the lanes have 32 bits; 16-bit multiplication would not be exact.
template <int Vectors, class D>
HWY_INLINE void filter_at(D d, const uint8_t* in, int64_t in_stride, const int32_t* weights,
                          int64_t count, uint8_t* out, int64_t at) {
  static_assert(Vectors == 1 || Vectors == 4);
  const hn::Rebind<uint8_t, D> bytes;
  const size_t lanes = hn::Lanes(d);
  const auto half = hn::Set(d, 1 << (kWeightBits - 1));
  auto sum0 = half, sum1 = half, sum2 = half, sum3 = half;
  for (int64_t t = 0; t < count; ++t) {
    const uint8_t* row = in + t * in_stride + at;
    const auto weight = hn::Set(d, weights[t]);
    const auto product = [&](size_t vector) HWY_ATTR {
      return hn::Mul(weight, hn::PromoteTo(d, hn::LoadU(bytes, row + vector * lanes)));
    };
    sum0 = hn::Add(sum0, product(0));
    if constexpr (Vectors == 4) {
      sum1 = hn::Add(sum1, product(1));
      sum2 = hn::Add(sum2, product(2));
      sum3 = hn::Add(sum3, product(3));
    }
  }
  const auto store = [&](auto sum, size_t vector) HWY_ATTR {
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<kWeightBits>(sum)), bytes,
               out + at + vector * lanes);
  };
  store(sum0, 0);
  if constexpr (Vectors == 4) {
    store(sum1, 1);
    store(sum2, 2);
    store(sum3, 3);
  }
}

HWY_INLINE void filter_row(const uint8_t* in, int64_t in_stride, const int32_t* weights,
                           int64_t count, uint8_t* out, int64_t width) {
  const hn::ScalableTag<int32_t> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t at = 0;
  for (; at + 4 * lanes <= width; at += 4 * lanes) {
    filter_at<4>(d, in, in_stride, weights, count, out, at);
  }
  if (width >= lanes) {
    // The last vector may overlap the previous one and write the same values again.
    for (; at < width; at += lanes) {
      filter_at<1>(d, in, in_stride, weights, count, out, std::min(at, width - lanes));
    }
  }
  const hn::CappedTag<int32_t, 1> one;
  for (; at < width; ++at) filter_at<1>(one, in, in_stride, weights, count, out, at);
}

void ApplyFilter(const AxisFilter& filter, const uint8_t* in, int64_t in_stride, uint8_t* out,
                 int64_t out_stride, int64_t width) {
  const int64_t outputs = static_cast<int64_t>(filter.first.size());
  for (int64_t i = 0; i < outputs; ++i) {
    filter_row(in + (filter.first[i] - filter.first[0]) * in_stride, in_stride,
               filter.weights.data() + i * filter.stride, filter.count[i], out + i * out_stride,
               width);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(ApplyFilter);

void apply_filter(const AxisFilter& filter, const uint8_t* in, int64_t in_stride, uint8_t* out,
                  int64_t out_stride, int64_t width) {
  HWY_DYNAMIC_DISPATCH(ApplyFilter)(filter, in, in_stride, out, out_stride, width);
}

}  // namespace saccade
#endif  // HWY_ONCE
