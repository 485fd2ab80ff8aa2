// Colour maps for values in 0..1.
#pragma once

#include <array>
#include <opencv2/core/matx.hpp>
#include <string_view>

namespace saccade {

/// Turbo: Mikhailov, "Turbo, An Improved Rainbow Colormap for Visualization", 2019. Viridis and
/// inferno: matplotlib's, by Smith and van der Walt, 2015. The tables are OpenCV's.
enum class Colormap { turbo, viridis, inferno, jet, gray };

inline constexpr std::array kAllColormaps{Colormap::turbo, Colormap::viridis, Colormap::inferno,
                                          Colormap::jet, Colormap::gray};

/// Returns the name on the command line.
constexpr std::string_view name_of(Colormap colormap) {
  switch (colormap) {
    case Colormap::turbo:
      return "turbo";
    case Colormap::viridis:
      return "viridis";
    case Colormap::inferno:
      return "inferno";
    case Colormap::jet:
      return "jet";
    case Colormap::gray:
      break;
  }
  return "gray";
}

/// Returns the 256 colours (R, G, B) of a map, from low to high. Thread-safe.
const std::array<cv::Vec3b, 256>& colours_of(Colormap colormap);

/// Returns the colour closest to a value. Values are clipped to 0..1; NaN counts as 0.
cv::Vec3b colour_at(Colormap colormap, float value01);

}  // namespace saccade
