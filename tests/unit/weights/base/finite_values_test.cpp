#include "weights/base/finite_values.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace saccade {
namespace {

TEST(FiniteValues, OneAnywhereCounts) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float all_ones = std::bit_cast<float>(0xffffffffu);  // NaN
  const float signalling = std::bit_cast<float>(0x7f800001u);
  for (const float bad : {nan, -nan, all_ones, signalling, float(INFINITY), -float(INFINITY),
                          std::nextafter(kLargestWeight, INFINITY), -3.4e38f}) {
    for (const size_t size : {1u, 4u, 15u, 16u, 1000u}) {
      for (const size_t place : {size_t{0}, size / 2, size - 1}) {
        std::vector<float> values(size, 1.0f);
        values[place] = bad;
        EXPECT_FALSE(all_finite(values)) << bad << " at " << place << " of " << size;
      }
    }
  }
}

TEST(FiniteValues, ExtremesAreFinite) {
  constexpr float least = std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(all_finite({}));
  EXPECT_TRUE(all_finite(
      std::vector<float>{0.0f, -0.0f, least, -least, kLargestWeight, -kLargestWeight, 3.38e38f}));
}

// The limit is where rounding to bf16 gives infinity.
TEST(FiniteValues, TheLargestIsFiniteInBf16) {
  const auto rounded = [](float value) {
    return (std::bit_cast<uint32_t>(value) + 0x8000u) & 0xffff0000u;
  };
  EXPECT_TRUE(std::isfinite(std::bit_cast<float>(rounded(kLargestWeight))));
  EXPECT_TRUE(std::isinf(std::bit_cast<float>(rounded(std::nextafter(kLargestWeight, INFINITY)))));
}

}  // namespace
}  // namespace saccade
