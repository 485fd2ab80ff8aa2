#include "model/linear.h"

#include <algorithm>
#include <utility>

namespace saccade {
namespace {

// PyTorch's [out, in] rows are the transpose of the operand [in, out]: strides say so.
dnnl::memory transposed_rows(const Runtime& runtime, std::span<const float> weight, int64_t in,
                             int64_t out) {
  return {strided({in, out}, {1, in}), runtime.engine(), const_cast<float*>(weight.data())};
}

}  // namespace

Linear::Linear(Runtime& runtime, std::string name, int64_t in, int64_t out, int64_t rows,
               Fused fused, const LinearParameters& parameters)
    : runtime_(&runtime),
      name_(std::move(name)),
      fused_(fused),
      in_(in),
      out_(out),
      bias_(std::make_shared<Buffer>(parameters.bias.size())),
      weights_(runtime, name_, in, out, bias_->size() > 0, rows, fused,
               transposed_rows(runtime, parameters.weight, in, out)) {
  std::copy(parameters.bias.begin(), parameters.bias.end(), bias_->data());
}

Linear::Linear(Runtime& runtime, const Linear& twin)
    : runtime_(&runtime),
      name_(twin.name_),
      fused_(twin.fused_),
      in_(twin.in_),
      out_(twin.out_),
      bias_(twin.bias_),
      weights_(runtime, twin.weights_) {
  if (twin.transposed_) transposed_.emplace(runtime, *twin.transposed_);
}

void Linear::operator()(const float* x, int64_t rows, float* y) {
  weights_.multiply(x, rows, bias_->data(), fused_, y);
}

void Linear::product(const float* x, int64_t rows, float* y) {
  weights_.multiply(x, rows, bias_->data(), {}, y);
}

void Linear::backward(const float* dy, int64_t rows, float* dx, bool accumulate) {
  transposed_->multiply(dy, rows, nullptr, {.accumulate = accumulate}, dx);
}

void Linear::prepare_backward(int64_t rows) {
  if (transposed_) return;
  const dnnl::memory packed = weights_.memory();
  const dnnl::memory seen_transposed(packed.get_desc().permute_axes({1, 0}), runtime_->engine(),
                                     packed.get_data_handle());
  transposed_.emplace(*runtime_, name_ + " backward", out_, in_, /*with_bias=*/false, rows, Fused{},
                      seen_transposed);
}

void Linear::scale(float factor) {
  for (const std::span<float> values : {weights_.values(), bias_->span()}) {
    for (float& value : values) value *= factor;
  }
}

void Linear::list_primitives(std::vector<PrimitiveInfo>& list) const {
  weights_.list_primitives(list);
  if (transposed_) transposed_->list_primitives(list);
}

}  // namespace saccade
