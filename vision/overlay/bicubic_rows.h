// A map of a few patches, read between their centres.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Bicubic interpolation (Catmull-Rom, Keys 1981 with a = -1/2) of a map with values from 0 to 1.
/// Coordinates count patches: patch (r, c) has its centre at (r, c) and covers half a patch on all
/// sides of it. Beyond the outer centres the outer patches go on; overshoot is clipped to 0..1.
class BicubicRows {
 public:
  /// Prepares `map` ([grid.height, grid.width]) for reading at the columns `columns`.
  BicubicRows(std::span<const float> map, ImageSize grid, const std::vector<double>& columns);

  /// Writes the values of the row at `row` to `out`, one per column.
  void read(double row, std::span<float> out) const;

 private:
  int64_t rows_;
  size_t width_;
  std::vector<float> values_;  // [rows_, width_], interpolated along the columns only
};

}  // namespace saccade
