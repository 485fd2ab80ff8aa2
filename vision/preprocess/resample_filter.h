// The weights of Pillow's resampling along one axis, in Pillow's fixed-point format.
#pragma once

#include <cstdint>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Fraction bits of a fixed-point weight: 32 bits less an 8-bit pixel and two spare bits.
inline constexpr int kWeightBits = 32 - 8 - 2;

/// The weighted inputs of each output along one axis. Output i is
///   clip8((half + sum over t < count[i] of weights[i * stride + t] * input[first[i] + t]) >> 22).
struct AxisFilter {
  std::vector<int64_t> first;    ///< [outputs] the first input; non-decreasing
  std::vector<int64_t> count;    ///< [outputs] number of inputs, at least 1
  std::vector<int32_t> weights;  ///< [outputs, stride]; row i has count[i] weights
  int64_t stride = 0;            ///< at least the largest count
};

/// Computes the weights for outputs [begin, end) of an axis resized from `in` to `out` pixels, as
/// Pillow's precompute_coeffs and normalize_coeffs_8bpc do (src/libImaging/Resample.c): shrinking
/// widens the filter by the scale, and bicubic has a = -0.5. `interpolation` is not `nearest`.
/// Throws ImageError if the table would be larger than 1 GiB.
AxisFilter make_axis_filter(int64_t in, int64_t out, int64_t begin, int64_t end,
                            Interpolation interpolation);

/// Returns the input of each of the outputs [begin, end) for Interpolation::nearest. Accumulates
/// the step with the same rounding errors as Pillow (ImagingScaleAffine in
/// src/libImaging/Geometry.c).
std::vector<int64_t> nearest_inputs(int64_t in, int64_t out, int64_t begin, int64_t end);

}  // namespace saccade
