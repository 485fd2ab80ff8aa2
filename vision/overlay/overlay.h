// Blends a map of patches over the picture that it explains.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "vision/overlay/colormap.h"
#include "vision/preprocess/preprocess.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// How the opacity of the colour depends on the value.
enum class Blend {
  constant,  ///< `alpha` everywhere
  scaled,    ///< `alpha` times the map's value: cold regions show the picture
};

struct OverlayStyle {
  Colormap colormap = Colormap::turbo;
  double alpha = 0.5;  ///< 0 (picture) to 1 (colour)
  Blend blend = Blend::constant;
  bool contour = false;    ///< draw contour lines at 0.5 and 0.75
  double percentile = 99;  ///< the percentile that maps to 1, see normalized()
};

/// Scales `map` to 0..1: subtracts its minimum, divides by the `percentile`-th percentile of the
/// result (0 to 100, linear between ranks like numpy.percentile), and clips. If that percentile is
/// 0, divides by the maximum; a flat map becomes 0. NaN counts as the minimum and infinities as
/// minimum and maximum; they do not affect the percentile.
std::vector<float> normalized(std::span<const float> map, double percentile);

/// Returns the rectangle of the picture that the grid of patches covers: `seen`, which the model's
/// input of size `input` shows, without the pixels at the right and bottom that belong to no patch.
/// `patch` is the side of a patch in pixels of the input.
SourceRect grid_rect(const SourceRect& seen, ImageSize input, ImageSize grid, int64_t patch);

/// Blends `map` ([grid.height, grid.width], not normalised) over `rgb` (CV_8UC3, upright) and
/// returns a picture of the same size. `covered` is the rectangle of `rgb` that the grid covers,
/// see grid_rect(); it may be fractional and extend outside. The map is interpolated (bicubic),
/// with the value of each patch at the centre of its pixels. Pixels whose centre lies outside
/// `covered` are dimmed and desaturated instead.
cv::Mat overlay(const cv::Mat& rgb, std::span<const float> map, ImageSize grid,
                const SourceRect& covered, const OverlayStyle& style);

}  // namespace saccade
