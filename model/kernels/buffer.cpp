#include "model/kernels/buffer.h"

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include "weights/base/headroom.h"

namespace saccade {
namespace {

constexpr size_t kCacheLine = 64;
constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;

// The next buffer's offset in its page. Large blocks from the system all have the same one.
// Processors that compare only the low 12 bits of addresses then mistake a load from one buffer for
// a load of what was just stored to another, which cost ViT-Ti/16 a seventh of its speed.
size_t next_offset() {
  static std::atomic<size_t> count{0};
  return count++ * 17 * kCacheLine % kPage;
}

}  // namespace

Buffer::Buffer(size_t count) : count_(count) {
  if (count == 0) return;
  const size_t offset = next_offset();
  const size_t bytes = offset + count * sizeof(float);
  const size_t alignment = bytes >= kHugePage ? kHugePage : kPage;
  // aligned_alloc needs a multiple of the alignment. Untouched pages cost nothing.
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  block_ = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (!block_) throw_not_enough_memory(bytes);
  // A hint that the kernel may refuse. The last, partly used stretch stays on small pages.
  if (alignment == kHugePage) madvise(block_, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  data_ = reinterpret_cast<float*>(block_ + offset);
}

Buffer::~Buffer() { std::free(block_); }

Buffer::Buffer(Buffer&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      count_(std::exchange(other.count_, 0)) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(data_, other.data_);
  std::swap(count_, other.count_);
  return *this;
}

}  // namespace saccade
