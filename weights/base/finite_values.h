// Whether numbers can be computed with.
#pragma once

#include <span>

namespace saccade {

/// The largest magnitude of a weight: the largest f32 that does not become infinite in bf16.
inline constexpr float kLargestWeight = 0x1.fefffep127f;

/// Returns whether no value is NaN, infinite, or larger than kLargestWeight. Runs at the speed of
/// the memory.
bool all_finite(std::span<const float> values);

}  // namespace saccade
