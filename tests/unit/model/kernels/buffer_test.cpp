#include "model/kernels/buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>

namespace saccade {
namespace {

TEST(Buffer, IsAlignedAndWritableWhateverItsSize) {
  for (size_t count : {size_t{1}, size_t{1000}, (size_t{2} << 20) / 4, (size_t{2} << 20) / 4 + 1,
                       size_t{1'000'003}}) {
    Buffer buffer(count);
    EXPECT_EQ(buffer.size(), count);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 64, 0u);
    buffer.data()[0] = 1;
    buffer.data()[count - 1] = 2;
    EXPECT_EQ(buffer.span().back(), 2);
  }
}

TEST(Buffer, MovesWithoutCopying) {
  Buffer first(10);
  first.data()[3] = 7;
  const float* where = first.data();
  Buffer second(std::move(first));
  EXPECT_EQ(second.data(), where);
  EXPECT_EQ(first.size(), 0u);  // NOLINT: a moved-from Buffer is empty
  first = std::move(second);
  EXPECT_EQ(first.data()[3], 7);
}

}  // namespace
}  // namespace saccade
