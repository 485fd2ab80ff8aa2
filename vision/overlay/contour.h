// Draws contour lines around the hot regions of a map.
#pragma once

#include <opencv2/core/mat.hpp>
#include <span>

#include "vision/preprocess/preprocess.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Draws contour lines on `rgb` where `map` ([grid.height, grid.width], 0..1), interpolated by
/// BicubicRows, is 0.5 and 0.75. The lines are light with dark edges, and their width depends on
/// the picture's size. `covered` is the rectangle of `rgb` that the grid covers.
void draw_contours(cv::Mat& rgb, std::span<const float> map, ImageSize grid,
                   const SourceRect& covered);

}  // namespace saccade
