// Colours for values from 0 to 1.
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

/// As on the command line.
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

/// The 256 colours (R, G, B) of a map, from low to high. May be called from several threads.
const std::array<cv::Vec3b, 256>& colours_of(Colormap colormap);

/// The nearest of them for a value; what lies outside 0 to 1 counts as the end, NaN as 0.
cv::Vec3b colour_at(Colormap colormap, float value01);

}  // namespace saccade
