#include "model/kernels/compute.h"

#include <fmt/format.h>
#include <omp.h>

#include <dnnl.hpp>

namespace saccade {

void set_compute_threads(int threads) { omp_set_num_threads(threads); }

int compute_threads() { return omp_get_max_threads(); }

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace saccade
