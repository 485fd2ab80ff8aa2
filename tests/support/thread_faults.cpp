// Preloaded into a program (LD_PRELOAD), lets it start as many threads as SACCADE_TEST_THREADS
// says, and no more: then pthread_create() fails as at the limit of processes. Threads that have
// ended still count.
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                              void* (*start)(void*), void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  static std::atomic<long> left = [] {
    const char* allowed = std::getenv("SACCADE_TEST_THREADS");
    return allowed ? std::atol(allowed) : 0L;
  }();
  if (left.fetch_sub(1) <= 0) return EAGAIN;
  return create(thread, attributes, start, argument);
}
