#include "model/layers/eltwise.h"

#include <fmt/format.h>

#include "model/kernels/matmul.h"

namespace saccade {
namespace {

struct Formula {
  dnnl::algorithm algorithm;
  float alpha;
};

Formula formula(Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return {dnnl::algorithm::eltwise_gelu_erf, 0};
    case Activation::gelu_tanh:
      return {dnnl::algorithm::eltwise_gelu_tanh, 0};
    case Activation::quick_gelu:
      return {dnnl::algorithm::eltwise_swish, 1.702f};
    case Activation::silu:
      return {dnnl::algorithm::eltwise_swish, 1};
    case Activation::relu:
      return {dnnl::algorithm::eltwise_relu, 0};
  }
  return {dnnl::algorithm::undef, 0};
}

}  // namespace

Eltwise::Eltwise(Runtime& runtime, Activation activation)
    : runtime_(&runtime), activation_(activation) {}

Eltwise::Primitives& Eltwise::for_count(int64_t count) {
  const auto found = by_count_.find(count);
  if (found != by_count_.end()) return found->second;
  const auto [algorithm, alpha] = formula(activation_);
  const auto data = dense({count});
  const auto forward_pd = eltwise_forward_pd(runtime_->engine(), algorithm, data, alpha);
  const auto backward_pd =
      eltwise_backward_pd(runtime_->engine(), algorithm, data, alpha, forward_pd);
  Primitives made{backward_pd, dnnl::eltwise_backward(backward_pd), {}};
  for (const int arg : {DNNL_ARG_SRC, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST}) {
    made.args.emplace(arg, dnnl::memory(data, runtime_->engine(), nullptr));
  }
  return by_count_.emplace(count, std::move(made)).first->second;
}

void Eltwise::backward(const float* x, const float* dy, int64_t count, float* dx) {
  Primitives& run = for_count(count);
  run.args.at(DNNL_ARG_SRC).set_data_handle(const_cast<float*>(x));
  run.args.at(DNNL_ARG_DIFF_DST).set_data_handle(const_cast<float*>(dy));
  run.args.at(DNNL_ARG_DIFF_SRC).set_data_handle(dx);
  run.backward.execute(runtime_->stream(), run.args);
}

void Eltwise::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const auto& [count, run] : by_count_) {
    const std::string name = fmt::format("{} [{}]", name_of(activation_), count);
    list.push_back({name + " backward", run.backward_pd.impl_info_str()});
  }
}

}  // namespace saccade
