#include "model/linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/onednn_compat.h"

namespace saccade {
namespace {

void append_activation(dnnl::post_ops& ops, Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return append_eltwise(ops, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
    case Activation::gelu_tanh:
      return append_eltwise(ops, dnnl::algorithm::eltwise_gelu_tanh, 0, 0);
    case Activation::quick_gelu:
      return append_eltwise(ops, dnnl::algorithm::eltwise_swish, 1.702f, 0);
    case Activation::silu:
      return append_eltwise(ops, dnnl::algorithm::eltwise_swish, 1, 0);
    case Activation::relu:
      return append_eltwise(ops, dnnl::algorithm::eltwise_relu, 0, 0);
  }
}

dnnl::post_ops post_ops(const Fused& fused) {
  dnnl::post_ops ops;
  if (fused.activation) append_activation(ops, *fused.activation);
  if (fused.accumulate) ops.append_sum();
  return ops;
}

}  // namespace

Linear::Linear(Runtime& runtime, std::string name, int64_t in, int64_t out, int64_t rows,
               Fused fused, const LinearParameters& parameters)
    : runtime_(&runtime),
      name_(std::move(name)),
      in_(in),
      out_(out),
      fused_(fused),
      packed_desc_({in, out}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any),
      bias_(parameters.bias.size()) {
  std::copy(parameters.bias.begin(), parameters.bias.end(), bias_.data());
  packed_desc_ = for_rows(rows).weights_desc();
  packed_ = Buffer(packed_desc_.get_size() / sizeof(float));

  // PyTorch's [out, in] rows are the transpose of the operand [in, out]: strides say so.
  dnnl::memory plain(strided({in, out}, {1, in}), runtime.engine(),
                     const_cast<float*>(parameters.weight.data()));
  dnnl::memory packed(packed_desc_, runtime.engine(), packed_.data());
  dnnl::stream stream(runtime.engine());
  dnnl::reorder(plain, packed).execute(stream, plain, packed);
  stream.wait();
}

Matmul& Linear::for_rows(int64_t rows) {
  for (auto& [known, matmul] : by_rows_) {
    if (known == rows) return *matmul;
  }
  std::optional<dnnl::memory::desc> bias;
  if (bias_.size() > 0) bias = dense({1, out_});
  by_rows_.emplace_back(
      rows, std::make_unique<Matmul>(*runtime_, describe(rows), dense({rows, in_}), packed_desc_,
                                     bias, dense({rows, out_}), post_ops(fused_)));
  return *by_rows_.back().second;
}

void Linear::operator()(const float* x, int64_t rows, float* y) {
  for_rows(rows)(x, packed_.data(), bias_.size() > 0 ? bias_.data() : nullptr, y);
}

void Linear::scale(float factor) {
  for (const Buffer* values : {&packed_, &bias_}) {
    for (float& value : values->span()) value *= factor;
  }
}

std::string Linear::describe(int64_t rows) const {
  return fmt::format("{} [{}, {}] -> [{}, {}]", name_, rows, in_, rows, out_);
}

void Linear::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const auto& [rows, matmul] : by_rows_) {
    list.push_back({describe(rows), matmul->implementation()});
  }
}

}  // namespace saccade
