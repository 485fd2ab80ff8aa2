#include "weights/base/headroom.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include "weights/base/errors.h"

namespace saccade {
namespace {

// The code of a product's kernels, a few hundred kilobytes each, or GDAL's list of drivers, beside
// what other threads take meanwhile.
constexpr size_t kHeadroom = size_t{64} << 20;

}  // namespace

void throw_not_enough_memory(size_t bytes) {
  constexpr size_t kMegabyte = size_t{1} << 20;
  throw SystemError(
      fmt::format("not enough memory: {} MB more are needed; try a smaller model, --img-size or "
                  "--batch-size, or --precision int8",
                  (bytes + kMegabyte - 1) / kMegabyte));
}

void require_headroom() {
  // A private, writable mapping counts in every limit, and costs nothing before it is touched.
  void* probe =
      ::mmap(nullptr, kHeadroom, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) throw_not_enough_memory(kHeadroom);
  ::munmap(probe, kHeadroom);
}

}  // namespace saccade
