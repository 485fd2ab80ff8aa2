#include "model/buffer.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <utility>

#include "weights/errors.h"

namespace saccade {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

Buffer::Buffer(size_t count) : count_(count) {
  if (count == 0) return;
  const size_t bytes = count * sizeof(float);
  const size_t alignment = bytes >= kHugePage ? kHugePage : kCacheLine;
  // aligned_alloc takes whole multiples of the alignment; what is never touched costs nothing.
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  data_ = static_cast<float*>(std::aligned_alloc(alignment, rounded));
  if (!data_) throw SystemError(fmt::format("out of memory: {} MB wanted", bytes >> 20));
  if (alignment == kHugePage) madvise(data_, rounded, MADV_HUGEPAGE);  // a hint; may be refused
}

Buffer::~Buffer() { std::free(data_); }

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(count_, other.count_);
  return *this;
}

}  // namespace saccade
