// Loads and stores vectors of f32 from and to values of either type. Included once for every target
// of Highway.
#if defined(SACCADE_MODEL_FLOAT_VIEW_SIMD_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SACCADE_MODEL_FLOAT_VIEW_SIMD_H
#undef SACCADE_MODEL_FLOAT_VIEW_SIMD_H
#else
#define SACCADE_MODEL_FLOAT_VIEW_SIMD_H
#endif

#include <hwy/highway.h>

#include "model/kernels/float_view.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const float* from) {
  return hn::LoadU(d, from);
}

template <class D>
HWY_INLINE hn::Vec<D> load(D d, const Bf16* from) {
  const hn::Rebind<uint16_t, D> d16;
  const hn::Rebind<uint32_t, D> d32;
  const auto bits = hn::LoadU(d16, reinterpret_cast<const uint16_t*>(from));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, bits)));
}

template <class D>
HWY_INLINE void store(hn::Vec<D> v, D d, float* to) {
  hn::StoreU(v, d, to);
}

/// Rounds to nearest, ties to even, as to_bf16().
template <class D>
HWY_INLINE void store(hn::Vec<D> v, D, Bf16* to) {
  const hn::Rebind<uint16_t, D> d16;
  const hn::Rebind<int32_t, D> i32;
  const hn::Rebind<uint32_t, D> d32;
  const auto bits = hn::BitCast(d32, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1));
  const auto rounded = hn::Add(hn::Add(bits, hn::Set(d32, 0x7fff)), odd);
  const auto upper = hn::BitCast(i32, hn::ShiftRight<16>(rounded));
  hn::StoreU(hn::DemoteTo(d16, upper), d16, reinterpret_cast<uint16_t*>(to));
}

/// Calls f(tag, i) for whole vectors, then for the rest one by one.
template <typename Function>
HWY_INLINE void for_vectors(size_t count, const Function& f) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) f(d, i);
  for (; i < count; ++i) f(one, i);
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#endif
