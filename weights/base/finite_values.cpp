#include "weights/base/finite_values.h"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace saccade {
namespace {

// Without the sign, the bits of floats are in the order of their values, infinity and NaN last.
// What is too large carries into the highest bit.
uint32_t carry_of(float value) {
  constexpr uint32_t kTooLarge = std::bit_cast<uint32_t>(kLargestWeight) + 1;
  return (std::bit_cast<uint32_t>(value) & 0x7fffffffu) + (0x80000000u - kTooLarge);
}

}  // namespace

bool all_finite(std::span<const float> values) {
  constexpr size_t kBlock = 1024;  // a constant, and no branch: every compiler vectorises that loop
  uint32_t carries = 0;
  size_t i = 0;
  for (; i + kBlock <= values.size(); i += kBlock) {
    const float* block = values.data() + i;
    for (size_t j = 0; j < kBlock; ++j) carries |= carry_of(block[j]);
  }
  for (; i < values.size(); ++i) carries |= carry_of(values[i]);
  return carries < 0x80000000u;
}

}  // namespace saccade
