#include "model/runtime.h"

#include <fmt/format.h>
#include <omp.h>

#include <array>
#include <string_view>

#include "model/matmul.h"
#include "model/onednn_compat.h"
#include "model/vision_transformer.h"

namespace saccade {
namespace {

void grow(std::vector<Buffer>& buffers, size_t bytes) {
  const size_t count = (bytes + sizeof(float) - 1) / sizeof(float);
  for (Buffer& buffer : buffers) {
    if (count > buffer.size()) buffer = Buffer(count);
  }
}

}  // namespace

Runtime::Runtime()
    : engine_(dnnl::engine::kind::cpu, 0),
      scratchpads_(size_t(omp_get_max_threads())),
      tiles_(scratchpads_.size()) {
  for (size_t i = 0; i < scratchpads_.size(); ++i) streams_.emplace_back(engine_);
}

Runtime::~Runtime() = default;

Matmul& Runtime::product(const ProductShape& shape, const dnnl::memory::desc& packed) {
  const std::scoped_lock lock(mutex_);
  std::unique_ptr<Matmul>& known = products_[shape];
  if (!known) {
    const ProductDescs descs = product_descs(shape);
    const bool any = packed.get_size() == 0;
    known = std::make_unique<Matmul>(*this, Team::each, descs.src, any ? descs.weights : packed,
                                     descs.dst);
  }
  return *known;
}

void Runtime::reserve_scratchpad(const dnnl::memory::desc& desc) {
  const std::scoped_lock lock(mutex_);
  grow(scratchpads_, desc.get_size());
}

void Runtime::reserve_tile(size_t bytes) {
  const std::scoped_lock lock(mutex_);
  grow(tiles_, bytes);
}

void* Runtime::shared(size_t bytes) {
  const size_t count = (bytes + sizeof(float) - 1) / sizeof(float);
  if (count > shared_.size()) shared_ = Buffer(count);
  return shared_.data();
}

NumberType number_type(Precision precision) {
  const bool small =
      precision == Precision::bf16 || (precision == Precision::int8 && is_native(Precision::bf16));
  return small ? NumberType::bf16 : NumberType::f32;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

std::string_view name_of(Precision precision) {
  constexpr std::array<std::string_view, 3> kNames{"f32", "bf16", "int8"};
  return kNames[size_t(precision)];
}

bool is_native(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return true;
    case Precision::bf16:
      return has_bf16_instructions();
    case Precision::int8:
      return has_int8_instructions();
  }
  return false;
}

bool is_possible(Precision precision) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  const ProductDescs descs = product_descs({16, 16, 16, precision});
  try {
    matmul_pd(engine, descs.src, descs.weights, descs.dst, attributes());
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

void set_compute_threads(int threads) { omp_set_num_threads(threads); }

int compute_threads() { return omp_get_max_threads(); }

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace saccade
