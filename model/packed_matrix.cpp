#include "model/packed_matrix.h"

#include <fmt/format.h>

#include <utility>

#include "model/eltwise.h"
#include "model/onednn_compat.h"

namespace saccade {
namespace {

dnnl::post_ops post_ops(const Fused& fused) {
  dnnl::post_ops ops;
  if (fused.activation) append_activation(ops, *fused.activation);
  if (fused.accumulate) ops.append_sum();
  return ops;
}

}  // namespace

PackedMatrix::PackedMatrix(Runtime& runtime, std::string layer, int64_t in, int64_t out,
                           bool with_bias, int64_t rows, const Fused& fused,
                           const dnnl::memory& plain)
    : runtime_(&runtime),
      layer_(std::move(layer)),
      in_(in),
      out_(out),
      with_bias_(with_bias),
      desc_({in_, out_}, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any) {
  desc_ = product(rows, fused).weights_desc();
  packed_ = std::make_shared<Buffer>(desc_.get_size() / sizeof(float));
  dnnl::memory from = plain, to = memory();
  dnnl::stream stream(runtime.engine());
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
}

PackedMatrix::PackedMatrix(Runtime& runtime, const PackedMatrix& twin)
    : runtime_(&runtime),
      layer_(twin.layer_),
      in_(twin.in_),
      out_(twin.out_),
      with_bias_(twin.with_bias_),
      desc_(twin.desc_),
      packed_(twin.packed_) {}

Matmul& PackedMatrix::product(int64_t rows, const Fused& fused) {
  for (Product& known : products_) {
    if (known.rows == rows && known.fused == fused) return *known.matmul;
  }
  std::optional<dnnl::memory::desc> bias;
  if (with_bias_) bias = dense({1, out_});
  products_.push_back(
      {rows, fused,
       std::make_unique<Matmul>(*runtime_, describe(rows), dense({rows, in_}), desc_, bias,
                                dense({rows, out_}), post_ops(fused))});
  return *products_.back().matmul;
}

void PackedMatrix::multiply(const float* x, int64_t rows, const float* bias, const Fused& fused,
                            float* y) {
  product(rows, fused)(x, packed_->data(), bias, y);
}

dnnl::memory PackedMatrix::memory() const {
  return dnnl::memory(desc_, runtime_->engine(), packed_->data());
}

std::string PackedMatrix::describe(int64_t rows) const {
  return fmt::format("{} [{}, {}] -> [{}, {}]", layer_, rows, in_, rows, out_);
}

void PackedMatrix::list_primitives(std::vector<PrimitiveInfo>& list) const {
  for (const Product& product : products_) {
    list.push_back({describe(product.rows), product.matmul->implementation()});
  }
}

}  // namespace saccade
