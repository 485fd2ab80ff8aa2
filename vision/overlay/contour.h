// Lines around the hot places of a map.
#pragma once

#include <opencv2/core/mat.hpp>
#include <span>

#include "vision/preprocess/preprocess.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Draws on `rgb` where `map` ([grid.height, grid.width], 0..1), interpolated as BicubicRows does,
/// is 0.5 and 0.75: light lines with dark edges, as thick as suits the picture. `covered` is the
/// rectangle of `rgb` that the grid covers.
void draw_contours(cv::Mat& rgb, std::span<const float> map, ImageSize grid,
                   const SourceRect& covered);

}  // namespace saccade
