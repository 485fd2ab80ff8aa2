#include "model/kernels/matmul.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <new>
#include <tuple>
#include <utility>

#include "model/kernels/onednn_compat.h"
#include "model/kernels/primitive_making.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

std::string shapes(const dnnl::memory::desc& src, const dnnl::memory::desc& weights) {
  return fmt::format("[{}] x [{}]", fmt::join(dims_of(src), ", "),
                     fmt::join(dims_of(weights), ", "));
}

std::pair<dnnl::matmul::primitive_desc, dnnl::matmul> make_product(
    const Runtime& runtime, const dnnl::memory::desc& src, const dnnl::memory::desc& weights,
    const dnnl::memory::desc& dst) {
  const PrimitiveMaking making;
  try {
    dnnl::matmul::primitive_desc pd = matmul_pd(runtime.engine(), src, weights, dst, attributes());
    dnnl::matmul product(pd);
    return {std::move(pd), std::move(product)};
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw ModelError(fmt::format("oneDNN cannot make the matrix product {}: {}",
                                 shapes(src, weights), error.message));
  }
}

}  // namespace

Matmul::Matmul(Runtime& runtime, const dnnl::memory::desc& src, const dnnl::memory::desc& weights,
               const dnnl::memory::desc& dst)
    : runtime_(&runtime) {
  std::tie(pd_, primitive_) = make_product(runtime, src, weights, dst);
  const auto unbound = [&](const dnnl::memory::desc& desc) {
    return dnnl::memory(desc, runtime.engine(), nullptr);
  };
  for (int thread = 0; thread < runtime.threads(); ++thread) {
    arguments_.push_back({{DNNL_ARG_SRC, unbound(pd_.src_desc())},
                          {DNNL_ARG_WEIGHTS, unbound(pd_.weights_desc())},
                          {DNNL_ARG_DST, unbound(pd_.dst_desc())},
                          {DNNL_ARG_SCRATCHPAD, unbound(pd_.scratchpad_desc())}});
  }
  runtime.reserve_scratchpad(pd_.scratchpad_desc());
}

void Matmul::operator()(const void* src, const void* weights, void* dst, int thread) {
  Arguments& arguments = arguments_[size_t(thread)];
  const auto bind = [&](int argument, const void* data) {
    // oneDNN takes non-const pointers for what it only reads.
    arguments.at(argument).set_data_handle(const_cast<void*>(data));
  };
  bind(DNNL_ARG_SRC, src);
  bind(DNNL_ARG_WEIGHTS, weights);
  bind(DNNL_ARG_DST, dst);
  bind(DNNL_ARG_SCRATCHPAD, runtime_->scratchpad(thread));
  primitive_.execute(runtime_->stream(thread), arguments);
}

ProductDescs product_descs(const ProductShape& shape) {
  using Type = dnnl::memory::data_type;
  struct Types {
    Type src, weights, dst;
  };
  const auto types = [&]() -> Types {
    switch (shape.precision) {
      case Precision::f32:
        return {Type::f32, Type::f32, Type::f32};
      case Precision::bf16:
        return {Type::bf16, Type::bf16, Type::f32};
      case Precision::int8:
        return {Type::u8, Type::s8, Type::s32};
    }
    return {};
  }();
  return {dense({shape.rows, shape.in}, types.src),
          {{shape.in, shape.out}, types.weights, dnnl::memory::format_tag::any},
          dense({shape.rows, shape.out}, types.dst)};
}

dnnl::memory::data_type data_type(FloatType type) {
  return type == FloatType::f32 ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16;
}

dnnl::memory::desc dense(const dnnl::memory::dims& shape, dnnl::memory::data_type type) {
  dnnl::memory::dims strides(shape.size(), 1);
  for (size_t i = shape.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * shape[i];
  return strided(shape, strides, type);
}

dnnl::memory::desc strided(const dnnl::memory::dims& shape, const dnnl::memory::dims& strides,
                           dnnl::memory::data_type type) {
  return {shape, type, strides};
}

}  // namespace saccade
