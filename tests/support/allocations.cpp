#include "tests/support/allocations.h"

#include <atomic>
#include <cerrno>

namespace {

std::atomic<bool> watching{false};
std::atomic<size_t> largest_size{0};

[[maybe_unused]] void note(size_t size) {
  if (!watching.load(std::memory_order_relaxed)) return;
  size_t seen = largest_size.load();
  while (size > seen && !largest_size.compare_exchange_weak(seen, size)) {
  }
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__
#define SACCADE_OWNS_MALLOC 0
#else
#define SACCADE_OWNS_MALLOC 1

// glibc's names for the replaced functions.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);

void* malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  note(count * size);
  return __libc_calloc(count, size);
}
void* realloc(void* old, size_t size) {
  note(size);
  return __libc_realloc(old, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}
void* memalign(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, size_t alignment, size_t size) {
  note(size);
  *out = __libc_memalign(alignment, size);
  return *out ? 0 : ENOMEM;
}
}
#endif

namespace saccade::test {

const bool kCountsAllocations = SACCADE_OWNS_MALLOC;

AllocationWatch::AllocationWatch() {
  largest_size = 0;
  watching = true;
}
AllocationWatch::~AllocationWatch() { watching = false; }
size_t AllocationWatch::largest() const { return largest_size; }

}  // namespace saccade::test
