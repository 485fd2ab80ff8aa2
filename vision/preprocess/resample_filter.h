// The weights of Pillow's resampling along one axis, in the fixed point that Pillow computes with.
#pragma once

#include <cstdint>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Fraction bits of a fixed-point weight: an 8-bit pixel and two spare bits share the 32.
inline constexpr int kWeightBits = 32 - 8 - 2;

/// The inputs of each output along one axis. Output i is
///   clip8((half + sum over t < count[i] of weights[i * stride + t] * input[first[i] + t]) >> 22).
struct AxisFilter {
  std::vector<int64_t> first;    ///< [outputs] the first input that counts; never falls
  std::vector<int64_t> count;    ///< [outputs] how many inputs count, at least 1
  std::vector<int32_t> weights;  ///< [outputs, stride]; each row holds `count`
  int64_t stride = 0;            ///< the largest count, or more
};

/// The weights for outputs [begin, end) of an axis that goes from `in` to `out` pixels; as Pillow's
/// precompute_coeffs and normalize_coeffs_8bpc (src/libImaging/Resample.c): the filter is widened
/// by the scale when shrinking, and bicubic has a = -0.5. Not for Interpolation::nearest.
/// Throws ImageError where the table would be absurdly large.
AxisFilter make_axis_filter(int64_t in, int64_t out, int64_t begin, int64_t end,
                            Interpolation interpolation);

/// The input of each of the outputs [begin, end) under Interpolation::nearest. Pillow
/// (ImagingScaleAffine in src/libImaging/Geometry.c) adds the step up instead of multiplying, so
/// its rounding errors are repeated here.
std::vector<int64_t> nearest_inputs(int64_t in, int64_t out, int64_t begin, int64_t end);

}  // namespace saccade
