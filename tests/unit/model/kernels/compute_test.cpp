#include "model/kernels/compute.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <future>

namespace saccade {
namespace {

// A new thread has set no number of its own.
int threads_with_mask(const cpu_set_t& mask) {
  return std::async(std::launch::async,
                    [&] {
                      EXPECT_EQ(::sched_setaffinity(0, sizeof(mask), &mask), 0);
                      return compute_threads();
                    })
      .get();
}

TEST(Compute, TheDefaultIsTheProcessorsOfTheAffinityMask) {
  cpu_set_t all;
  CPU_ZERO(&all);
  ASSERT_EQ(::sched_getaffinity(0, sizeof(all), &all), 0);
  EXPECT_EQ(threads_with_mask(all), CPU_COUNT(&all));
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  EXPECT_EQ(threads_with_mask(one), 1);
}

}  // namespace
}  // namespace saccade
