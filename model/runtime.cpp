#include "model/runtime.h"

#include <fmt/format.h>
#include <omp.h>

#include "model/vision_transformer.h"

namespace saccade {

Runtime::Runtime() : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {}

void Runtime::reserve_scratchpad(const dnnl::memory::desc& desc) {
  const size_t count = (desc.get_size() + sizeof(float) - 1) / sizeof(float);
  const std::scoped_lock lock(mutex_);
  if (count > scratchpad_.size()) scratchpad_ = Buffer(count);
}

dnnl::primitive_attr attributes(const dnnl::post_ops& ops) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  attr.set_post_ops(ops);
  return attr;
}

void set_compute_threads(int threads) { omp_set_num_threads(threads); }

int compute_threads() { return omp_get_max_threads(); }

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace saccade
