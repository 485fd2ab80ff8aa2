// Everything that differs between oneDNN 2.6 and 3.x. No other file knows the version.
#pragma once

#include <dnnl.hpp>
#include <optional>

namespace saccade {

/// dst = src * weights (+ bias), with the attributes' post-ops.
inline dnnl::matmul::primitive_desc matmul_pd(const dnnl::engine& engine,
                                              const dnnl::memory::desc& src,
                                              const dnnl::memory::desc& weights,
                                              const std::optional<dnnl::memory::desc>& bias,
                                              const dnnl::memory::desc& dst,
                                              const dnnl::primitive_attr& attr) {
#if DNNL_VERSION_MAJOR >= 3
  if (bias) return {engine, src, weights, *bias, dst, attr};
  return {engine, src, weights, dst, attr};
#else
  if (bias) return {dnnl::matmul::desc(src, weights, *bias, dst), attr, engine};
  return {dnnl::matmul::desc(src, weights, dst), attr, engine};
#endif
}

#if DNNL_VERSION_MAJOR >= 3
using Softmax = dnnl::softmax_forward;
#else
using Softmax = dnnl::softmax_v2_forward;
#endif

/// Softmax along `axis`, in place.
inline Softmax::primitive_desc softmax_pd(const dnnl::engine& engine,
                                          const dnnl::memory::desc& data, int axis,
                                          const dnnl::primitive_attr& attr) {
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  constexpr auto algorithm = dnnl::algorithm::softmax_accurate;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kind, algorithm, data, data, axis, attr};
#else
  return {Softmax::desc(kind, algorithm, data, data, axis), attr, engine};
#endif
}

#if DNNL_VERSION_MAJOR >= 3
using SoftmaxBackward = dnnl::softmax_backward;
#else
using SoftmaxBackward = dnnl::softmax_v2_backward;
#endif

/// Gradient of a softmax along `axis`, in place: values are what the softmax gave.
inline SoftmaxBackward::primitive_desc softmax_backward_pd(const dnnl::engine& engine,
                                                           const dnnl::memory::desc& values,
                                                           const dnnl::memory::desc& gradients,
                                                           int axis,
                                                           const dnnl::primitive_attr& attr) {
  constexpr auto algorithm = dnnl::algorithm::softmax_accurate;
  // oneDNN asks for a forward pass in training as a hint.
#if DNNL_VERSION_MAJOR >= 3
  const Softmax::primitive_desc hint(engine, dnnl::prop_kind::forward_training, algorithm, values,
                                     values, axis);
  return {engine, algorithm, gradients, gradients, values, axis, hint, attr};
#else
  const Softmax::primitive_desc hint(
      Softmax::desc(dnnl::prop_kind::forward_training, algorithm, values, values, axis), engine);
  return {SoftmaxBackward::desc(algorithm, gradients, gradients, values, axis), attr, engine, hint};
#endif
}

/// y = f(x), as training wants it: the derivative can be had from x.
inline dnnl::eltwise_forward::primitive_desc eltwise_forward_pd(const dnnl::engine& engine,
                                                                dnnl::algorithm algorithm,
                                                                const dnnl::memory::desc& data,
                                                                float alpha) {
  constexpr auto kind = dnnl::prop_kind::forward_training;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kind, algorithm, data, data, alpha};
#else
  return {dnnl::eltwise_forward::desc(kind, algorithm, data, alpha, 0), engine};
#endif
}

/// dx = f'(x) dy.
inline dnnl::eltwise_backward::primitive_desc eltwise_backward_pd(
    const dnnl::engine& engine, dnnl::algorithm algorithm, const dnnl::memory::desc& data,
    float alpha, const dnnl::eltwise_forward::primitive_desc& forward) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, algorithm, data, data, data, alpha, 0, forward};
#else
  return {dnnl::eltwise_backward::desc(algorithm, data, data, alpha, 0), engine, forward};
#endif
}

inline void append_eltwise(dnnl::post_ops& ops, dnnl::algorithm algorithm, float alpha,
                           float beta) {
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(algorithm, alpha, beta);
#else
  ops.append_eltwise(/*scale=*/1.0f, algorithm, alpha, beta);
#endif
}

}  // namespace saccade
