// How well a map finds an object whose boxes are known.
#pragma once

#include <span>
#include <vector>

#include "vision/preprocess/preprocess.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// A rectangle with its corners in pixels: columns [x0, x1), rows [y0, y1).
struct Box {
  double x0 = 0;
  double y0 = 0;
  double x1 = 0;
  double y1 = 0;
};

/// `box` of the original picture, in the pixels of the model's input, of which `seen` is what the
/// picture shows of it. It may reach outside.
Box in_input(const Box& box, const SourceRect& seen, ImageSize input);

struct MapMeasures {
  bool pointing = false;   ///< the map's maximum lies in a box (Zhang et al. 2018, 1608.00507)
  double energy = 0;       ///< share of the map's sum that lies in boxes (Wang et al. 2020,
                           ///< 1910.01279, "energy-based pointing game")
  double rank_energy = 0;  ///< the same with each value replaced by its rank (equal values share
                           ///< theirs): no power law moves it
  double iou = 0;          ///< of the boxes and where the map is over its mean
};

/// Measures `map` [grid.height, grid.width], brought to `size` bilinearly with half-pixel centres
/// (torch.nn.functional.interpolate, align_corners=False) and its minimum subtracted. A pixel that
/// a box touches is in it.
MapMeasures measure_map(std::span<const float> map, ImageSize grid, ImageSize size,
                        std::span<const Box> boxes);

}  // namespace saccade
