// A map of patches, laid on the photograph that it explains.
#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <span>
#include <vector>

#include "vision/overlay/colormap.h"
#include "vision/preprocess/preprocess.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// How much of the colour shows.
enum class Blend {
  constant,  ///< `alpha` everywhere
  scaled,    ///< `alpha` times the map's value: cold places stay photograph
};

struct OverlayStyle {
  Colormap colormap = Colormap::turbo;
  double alpha = 0.5;  ///< 0 (photograph) to 1 (colour)
  Blend blend = Blend::constant;
  bool contour = false;    ///< lines where the drawn map is 0.5 and 0.75
  double percentile = 99;  ///< which value counts as 1, see normalized()
};

/// `map` as values from 0 to 1: minus its least value, divided by the `percentile`-th percentile
/// (0 to 100, linear between ranks as numpy.percentile) of what remains, clipped. Where that
/// percentile is 0 the largest value takes its place; a flat map is 0 everywhere. NaN counts as the
/// least value and infinities as the ends; neither enters the percentile.
std::vector<float> normalized(std::span<const float> map, double percentile);

/// The rectangle of the picture that a grid of whole patches covers: `seen`, which the model's
/// input of `input` pixels shows, without the pixels on the right and below that no patch takes in.
/// `patch` is the side of a patch in pixels of the input.
SourceRect grid_rect(const SourceRect& seen, ImageSize input, ImageSize grid, int64_t patch);

/// Lays `map` ([grid.height, grid.width], unnormalised) on `rgb` (CV_8UC3, upright) and returns a
/// picture of the same size. `covered` is the rectangle of `rgb` that the grid covers, see
/// grid_rect(); it may have fractions and reach outside. The map is smooth (bicubic), and the
/// value of patch (r, c) stands at the centre of the pixels which that patch came from. Pixels
/// whose centre lies outside `covered` are dimmed and greyed, not coloured.
cv::Mat overlay(const cv::Mat& rgb, std::span<const float> map, ImageSize grid,
                const SourceRect& covered, const OverlayStyle& style);

}  // namespace saccade
