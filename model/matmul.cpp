#include "model/matmul.h"

#include <fmt/format.h>

#include "model/onednn_compat.h"
#include "weights/errors.h"

namespace saccade {
namespace {

dnnl::matmul::primitive_desc make_pd(const Runtime& runtime, const std::string& layer,
                                     const dnnl::memory::desc& src,
                                     const dnnl::memory::desc& weights,
                                     const std::optional<dnnl::memory::desc>& bias,
                                     const dnnl::memory::desc& dst, const dnnl::post_ops& ops) {
  try {
    return matmul_pd(runtime.engine(), src, weights, bias, dst, attributes(ops));
  } catch (const dnnl::error& error) {
    throw ModelError(
        fmt::format("oneDNN cannot make the matrix product '{}': {}", layer, error.message));
  }
}

}  // namespace

Matmul::Matmul(Runtime& runtime, const std::string& layer, const dnnl::memory::desc& src,
               const dnnl::memory::desc& weights, const std::optional<dnnl::memory::desc>& bias,
               const dnnl::memory::desc& dst, const dnnl::post_ops& ops)
    : runtime_(&runtime),
      pd_(make_pd(runtime, layer, src, weights, bias, dst, ops)),
      primitive_(pd_) {
  const auto unbound = [&](const dnnl::memory::desc& desc) {
    return dnnl::memory(desc, runtime.engine(), nullptr);
  };
  args_ = {{DNNL_ARG_SRC, unbound(pd_.src_desc())},
           {DNNL_ARG_WEIGHTS, unbound(pd_.weights_desc())},
           {DNNL_ARG_DST, unbound(pd_.dst_desc())},
           {DNNL_ARG_SCRATCHPAD, unbound(pd_.scratchpad_desc())}};
  if (bias) args_.emplace(DNNL_ARG_BIAS, unbound(*bias));
  runtime.reserve_scratchpad(pd_.scratchpad_desc());
}

void Matmul::operator()(const float* src, const float* weights, const float* bias, float* dst) {
  const auto bind = [&](int arg, const void* data) {
    // oneDNN takes non-const pointers for what it only reads.
    args_.at(arg).set_data_handle(const_cast<void*>(data));
  };
  bind(DNNL_ARG_SRC, src);
  bind(DNNL_ARG_WEIGHTS, weights);
  if (bias) bind(DNNL_ARG_BIAS, bias);
  bind(DNNL_ARG_DST, dst);
  bind(DNNL_ARG_SCRATCHPAD, runtime_->scratchpad());
  primitive_.execute(runtime_->stream(), args_);
}

dnnl::memory::desc dense(const dnnl::memory::dims& shape) {
  dnnl::memory::dims strides(shape.size(), 1);
  for (size_t i = shape.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * shape[i];
  return strided(shape, strides);
}

dnnl::memory::desc strided(const dnnl::memory::dims& shape, const dnnl::memory::dims& strides) {
  return {shape, dnnl::memory::data_type::f32, strides};
}

}  // namespace saccade
