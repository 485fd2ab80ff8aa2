// Measures how well a map locates an object with known boxes.
#pragma once

#include <span>
#include <vector>

#include "vision/preprocess/preprocess.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// A rectangle in pixels: columns [x0, x1), rows [y0, y1).
struct Box {
  double x0 = 0;
  double y0 = 0;
  double x1 = 0;
  double y1 = 0;
};

/// Converts `box` from pixels of the original picture to pixels of the model's input. `seen` is the
/// part of the picture that the input shows. The result may extend outside the input.
Box in_input(const Box& box, const SourceRect& seen, ImageSize input);

struct MapMeasures {
  bool pointing = false;   ///< the map's maximum lies in a box (Zhang et al. 2018, 1608.00507)
  double energy = 0;       ///< fraction of the map's sum in boxes (Wang et al. 2020, 1910.01279,
                           ///< "energy-based pointing game")
  double rank_energy = 0;  ///< the same for the ranks of the values (equal values share a rank),
                           ///< which monotonic scaling does not change
  double iou = 0;          ///< intersection over union of the boxes and the pixels over the mean
};

/// Measures `map` [grid.height, grid.width] after bilinear interpolation to `size` with half-pixel
/// centres (torch.nn.functional.interpolate, align_corners=False) and subtracting its minimum. A
/// box includes every pixel that it touches.
MapMeasures measure_map(std::span<const float> map, ImageSize grid, ImageSize size,
                        std::span<const Box> boxes);

}  // namespace saccade
