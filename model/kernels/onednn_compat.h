// Everything that differs between oneDNN 2.6 and 3.x. No other file depends on the version.
#pragma once

#include <dnnl.hpp>

namespace saccade {

inline dnnl::memory::dims dims_of(const dnnl::memory::desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_dims();
#else
  return desc.dims();
#endif
}

/// dst = src * weights.
inline dnnl::matmul::primitive_desc matmul_pd(const dnnl::engine& engine,
                                              const dnnl::memory::desc& src,
                                              const dnnl::memory::desc& weights,
                                              const dnnl::memory::desc& dst,
                                              const dnnl::primitive_attr& attr) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, src, weights, dst, attr};
#else
  return {dnnl::matmul::desc(src, weights, dst), attr, engine};
#endif
}

/// Whether the processor has the instructions of `isa` and ONEDNN_MAX_CPU_ISA lets oneDNN use them.
inline bool has_instructions(dnnl::cpu_isa isa) {
  // Each is a set of bits that holds those of its predecessors.
  const auto wanted = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}
inline bool has_bf16_instructions() { return has_instructions(dnnl::cpu_isa::avx512_core_bf16); }
inline bool has_int8_instructions() {
  return has_instructions(dnnl::cpu_isa::avx512_core_vnni) ||
         has_instructions(dnnl::cpu_isa::avx2_vnni);
}

/// y = f(x), for training: its derivative is computed from x.
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

}  // namespace saccade
