// Activation functions for vectors of f32. Included once for every target of Highway.
#if defined(SACCADE_MODEL_ACTIVATION_SIMD_H) == defined(HWY_TARGET_TOGGLE)
#ifdef SACCADE_MODEL_ACTIVATION_SIMD_H
#undef SACCADE_MODEL_ACTIVATION_SIMD_H
#else
#define SACCADE_MODEL_ACTIVATION_SIMD_H
#endif

#include <iterator>

#include "model/kernels/exp_simd.h"
#include "weights/describe/vit_description.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

/// x Φ(x) with the normal distribution's Φ, as torch's gelu(). Φ(x) - 1/2 is odd: x P(x²), where P
/// was fitted at Chebyshev's points of x² up to 5.5². In t = 2 (x / 5.5)² - 1 its coefficients are
/// small, so that f32 keeps them exact: the error is 1e-7 where |x| < 1, 1e-6 at most up to 5.5,
/// and 2e-7 |x| beyond.
struct Gelu {
  static constexpr float kEnd = 5.5f;
  static constexpr float kP[] = {
      1.285519302e-01f,  -6.417257339e-02f, 4.773779586e-02f,  -3.878403082e-02f, 3.206722438e-02f,
      -2.614160627e-02f, 2.038480714e-02f,  -1.456035860e-02f, 1.016421244e-02f,  -7.878193632e-03f,
      4.723569844e-03f,  -1.051773084e-03f, 6.399065023e-04f,  -1.428040792e-03f, 6.562366616e-04f};
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const auto near = hn::Clamp(x, hn::Set(d, -kEnd), hn::Set(d, kEnd));
    const auto t = hn::MulSub(hn::Mul(near, near), hn::Set(d, 2 / (kEnd * kEnd)), hn::Set(d, 1));
    const auto t2 = hn::Mul(t, t), t4 = hn::Mul(t2, t2), t8 = hn::Mul(t4, t4);
    const V powers[] = {t, t2, t4, t8};
    const auto p = polynomial<0, std::size(kP)>(d, powers, kP);
    return hn::Mul(x, hn::Max(hn::Zero(d), hn::MulAdd(near, p, hn::Set(d, 0.5f))));
  }
};

/// x / (1 + exp(-alpha x)): silu and quick_gelu.
struct Swish {
  float alpha;
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    // exp would overflow beyond 88, where the result is 0 already.
    const auto power = hn::Min(hn::Mul(x, hn::Set(d, -alpha)), hn::Set(d, 88));
    return hn::Div(x, hn::Add(exp_of(d, power), hn::Set(d, 1)));
  }
};

/// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, by tanh(a) = 2 / (1 + exp(-2 a)) - 1.
struct GeluTanh {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    constexpr float kFactor = 1.59576912f;  // 2 √(2/π)
    const auto cubic = hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.044715f), hn::Set(d, 1));
    const auto power = hn::Mul(hn::Mul(x, cubic), hn::Set(d, -kFactor));
    return hn::Div(x, hn::Add(exp_of(d, hn::Min(power, hn::Set(d, 88))), hn::Set(d, 1)));
  }
};

struct Relu {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x);  // NaN stays NaN
  }
};

struct Identity {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x) const {
    return x;
  }
};

/// Calls body(function).
template <typename Body>
HWY_INLINE void with_activation(Activation activation, const Body& body) {
  switch (activation) {
    case Activation::gelu:
      return body(Gelu{});
    case Activation::gelu_tanh:
      return body(GeluTanh{});
    case Activation::quick_gelu:
      return body(Swish{1.702f});
    case Activation::silu:
      return body(Swish{1});
    case Activation::relu:
      return body(Relu{});
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#endif
