#include "model/kernels/runtime.h"

#include <algorithm>

#include "model/kernels/compute.h"
#include "model/kernels/matmul.h"

namespace saccade {
namespace {

void grow(Buffer& buffer, size_t bytes) {
  const size_t count = (bytes + sizeof(float) - 1) / sizeof(float);
  if (count <= buffer.size()) return;
  buffer = Buffer();  // frees the old memory first: there may not be enough for both
  buffer = Buffer(count);
}

void grow(std::vector<Buffer>& buffers, size_t bytes) {
  for (Buffer& buffer : buffers) grow(buffer, bytes);
}

}  // namespace

Runtime::Runtime()
    : engine_(dnnl::engine::kind::cpu, 0),
      scratchpads_(size_t(compute_threads())),
      tiles_(scratchpads_.size()) {
  for (size_t i = 0; i < scratchpads_.size(); ++i) streams_.emplace_back(engine_);
}

Runtime::~Runtime() = default;

Matmul& Runtime::product(const ProductShape& shape, const dnnl::memory::desc& packed) {
  const std::scoped_lock lock(mutex_);
  const bool any = packed.get_size() == 0;
  auto& products = products_[shape];
  for (const auto& known : products) {
    if (any || known->weights_desc() == packed) return *known;
  }
  const ProductDescs descs = product_descs(shape);
  products.push_back(
      std::make_unique<Matmul>(*this, descs.src, any ? descs.weights : packed, descs.dst));
  return *products.back();
}

void Runtime::reserve_scratchpad(const dnnl::memory::desc& desc) {
  const std::scoped_lock lock(mutex_);
  grow(scratchpads_, desc.get_size());
}

void Runtime::reserve_tile(size_t bytes) {
  const std::scoped_lock lock(mutex_);
  grow(tiles_, bytes);
}

void Runtime::note_rows(const void* matrix, int64_t rows) {
  std::vector<int64_t>& known = rows_of_[matrix];
  if (std::find(known.begin(), known.end(), rows) == known.end()) known.push_back(rows);
}

Scratch::Scratch(Runtime& runtime, size_t count) : runtime_(runtime) {
  const size_t level = runtime.scratch_level_;
  if (level == runtime.scratch_.size()) runtime.scratch_.emplace_back();
  Buffer& buffer = runtime.scratch_[level];
  grow(buffer, count * sizeof(float));
  data_ = buffer.data();
  ++runtime.scratch_level_;
}

Scratch::~Scratch() { --runtime_.scratch_level_; }

FloatType float_type(Precision precision) {
  return beside_int8(precision) == Precision::bf16 ? FloatType::bf16 : FloatType::f32;
}

dnnl::primitive_attr attributes() {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attr;
}

}  // namespace saccade
