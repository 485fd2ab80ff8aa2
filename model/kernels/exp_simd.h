// Polynomials and e^x for vectors of f32. Included once for every target of Highway.
#if defined(SACCADE_MODEL_EXP_SIMD_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SACCADE_MODEL_EXP_SIMD_H
#undef SACCADE_MODEL_EXP_SIMD_H
#else
#define SACCADE_MODEL_EXP_SIMD_H
#endif

#include <hwy/highway.h>

#include <bit>
#include <iterator>

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// c[First] + c[First + 1] t + ... of Count coefficients, where powers[i] = t^(2^i): halves first
/// (Estrin 1960), so that no step waits for all others.
template <size_t First, size_t Count, class D, class V, size_t N>
HWY_INLINE V polynomial(D d, const V* HWY_RESTRICT powers, const float (&c)[N]) {
  if constexpr (Count == 1) {
    return hn::Set(d, c[First]);
  } else {
    constexpr size_t kHalf = std::bit_ceil(Count) / 2;
    const auto low = polynomial<First, kHalf>(d, powers, c);
    const auto high = polynomial<First + kHalf, Count - kHalf>(d, powers, c);
    return hn::MulAdd(high, powers[std::bit_width(kHalf) - 1], low);
  }
}

/// e^x for x up to 88, 0 for what is below -87: 2^n 2^f with n + f = x log2(e), |f| ≤ 1/2, and a
/// polynomial for 2^f, fitted at Chebyshev's points. Relative error 1e-7 (1 + 0.75 |x|).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of(D d, V x) {
  static constexpr float kP[] = {1,
                                 6.931471825e-01f,
                                 2.402264625e-01f,
                                 5.550329015e-02f,
                                 9.618519805e-03f,
                                 1.339985989e-03f,
                                 1.533757750e-04f};
  constexpr float kLog2E = 1.44269504f;
  const hn::Rebind<int32_t, D> integers;
  const auto y = hn::Max(hn::Mul(x, hn::Set(d, kLog2E)), hn::Set(d, -127));
  const auto n = hn::Round(y);
  const auto f = hn::Sub(y, n), f2 = hn::Mul(f, f);
  const V powers[] = {f, f2, hn::Mul(f2, f2)};
  const auto p = polynomial<0, std::size(kP)>(d, powers, kP);
  // Adds n to the exponent's bits. With n = -127 the result would be garbage and is replaced by 0.
  const auto shifted = hn::ShiftLeft<23>(hn::ConvertTo(integers, n));
  const auto e = hn::BitCast(d, hn::Add(hn::BitCast(integers, p), shifted));
  return hn::IfThenElseZero(hn::Gt(y, hn::Set(d, -126.5f)), e);
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#endif
