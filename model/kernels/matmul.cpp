#include "model/kernels/matmul.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <omp.h>

#include "model/kernels/compute.h"
#include "model/kernels/onednn_compat.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

// Lets oneDNN use OpenMP's threads for a primitive of Team::all, when it is made and when it runs.
class OpenMpThreads {
 public:
  explicit OpenMpThreads(Team team) {
    omp_set_num_threads(team == Team::all ? compute_threads() : 1);
  }
  ~OpenMpThreads() { omp_set_num_threads(1); }
  OpenMpThreads(const OpenMpThreads&) = delete;
  OpenMpThreads& operator=(const OpenMpThreads&) = delete;
};

std::string shapes(const dnnl::memory::desc& src, const dnnl::memory::desc& weights) {
  return fmt::format("[{}] x [{}]", fmt::join(dims_of(src), ", "),
                     fmt::join(dims_of(weights), ", "));
}

dnnl::matmul::primitive_desc make_pd(const Runtime& runtime, Team team,
                                     const dnnl::memory::desc& src,
                                     const dnnl::memory::desc& weights,
                                     const dnnl::memory::desc& dst) {
  const OpenMpThreads threads(team);
  try {
    return matmul_pd(runtime.engine(), src, weights, dst, attributes());
  } catch (const dnnl::error& error) {
    throw ModelError(fmt::format("oneDNN cannot make the matrix product {}: {}",
                                 shapes(src, weights), error.message));
  }
}

dnnl::matmul make_primitive(const dnnl::matmul::primitive_desc& pd, Team team) {
  const OpenMpThreads threads(team);
  return dnnl::matmul(pd);
}

}  // namespace

Matmul::Matmul(Runtime& runtime, Team team, const dnnl::memory::desc& src,
               const dnnl::memory::desc& weights, const dnnl::memory::desc& dst)
    : runtime_(&runtime),
      team_(team),
      pd_(make_pd(runtime, team, src, weights, dst)),
      primitive_(make_primitive(pd_, team)) {
  const auto unbound = [&](const dnnl::memory::desc& desc) {
    return dnnl::memory(desc, runtime.engine(), nullptr);
  };
  for (int thread = 0; thread < (team == Team::each ? runtime.threads() : 1); ++thread) {
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
  const OpenMpThreads threads(team_);
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
