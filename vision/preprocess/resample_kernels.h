// The inner loop of resampling, vectorised for the instruction set found at run time.
#pragma once

#include <cstdint>

#include "vision/preprocess/resample_filter.h"

namespace saccade {

/// Filters an array of bytes along its first axis. `in` points to input `filter.first[0]`. Inputs
/// are `in_stride` bytes apart, outputs `out_stride` bytes, and each has `width` bytes:
///   out[i][b] = clip8((half + sum over t of weights[i][t] * in[first[i] + t][b]) >> 22).
void apply_filter(const AxisFilter& filter, const uint8_t* in, int64_t in_stride, uint8_t* out,
                  int64_t out_stride, int64_t width);

}  // namespace saccade
