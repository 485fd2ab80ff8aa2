// Interpolates a map of patches between their centres.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Bicubic interpolation (Catmull-Rom, Keys 1981 with a = -1/2) of a map with values in 0..1.
/// Coordinates are in patches: the centre of patch (r, c) is at (r, c). Values beyond the outer
/// centres repeat the outer patches, and overshoot is clipped to 0..1.
class BicubicRows {
 public:
  /// Prepares `map` ([grid.height, grid.width]) for reading at the coordinates `columns`.
  BicubicRows(std::span<const float> map, ImageSize grid, const std::vector<double>& columns);

  /// Writes the values at the coordinate `row` to `out`, one per column.
  void read(double row, std::span<float> out) const;

 private:
  int64_t rows_;
  size_t width_;
  std::vector<float> values_;  // [rows_, width_], interpolated only along rows
};

}  // namespace saccade
