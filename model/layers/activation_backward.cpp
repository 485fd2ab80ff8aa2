#include "model/layers/activation_backward.h"

#include <fmt/format.h>

#include <compare>
#include <dnnl.hpp>
#include <string>
#include <unordered_map>

#include "model/kernels/matmul.h"
#include "model/kernels/onednn_compat.h"
#include "model/kernels/primitive_making.h"

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

class EltwiseBackward {
 public:
  struct Key {
    Activation activation;
    int64_t count;
    auto operator<=>(const Key&) const = default;
  };

  EltwiseBackward(Runtime& runtime, const Key& key) {
    const PrimitiveMaking making;
    pd_ = make_pd(runtime.engine(), key);
    primitive_ = dnnl::eltwise_backward(pd_);
    for (const int argument : {DNNL_ARG_SRC, DNNL_ARG_DIFF_SRC, DNNL_ARG_DIFF_DST}) {
      arguments_.emplace(argument, dnnl::memory(dense({key.count}), runtime.engine(), nullptr));
    }
  }

  void operator()(const float* x, const float* dy, float* dx, const dnnl::stream& stream) {
    // oneDNN takes non-const pointers for what it only reads.
    arguments_.at(DNNL_ARG_SRC).set_data_handle(const_cast<float*>(x));
    arguments_.at(DNNL_ARG_DIFF_DST).set_data_handle(const_cast<float*>(dy));
    arguments_.at(DNNL_ARG_DIFF_SRC).set_data_handle(dx);
    primitive_.execute(stream, arguments_);
  }

  std::string implementation() const { return pd_.impl_info_str(); }

 private:
  static dnnl::eltwise_backward::primitive_desc make_pd(const dnnl::engine& engine,
                                                        const Key& key) {
    const auto [algorithm, alpha] = formula(key.activation);
    const auto data = dense({key.count});
    return eltwise_backward_pd(engine, algorithm, data, alpha,
                               eltwise_forward_pd(engine, algorithm, data, alpha));
  }

  dnnl::eltwise_backward::primitive_desc pd_;
  dnnl::eltwise_backward primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

void activation_backward(Activation activation, const float* x, const float* dy, int64_t count,
                         float* dx, Runtime& runtime) {
  runtime.cached<EltwiseBackward>({activation, count})(x, dy, dx, runtime.stream());
}

void list_activation_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) {
  for (const auto& [key, primitive] : runtime.all<EltwiseBackward>()) {
    list.push_back({fmt::format("{} [{}] backward", name_of(key.activation), key.count),
                    primitive.implementation()});
  }
}

}  // namespace saccade
