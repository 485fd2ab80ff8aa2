// The methods that make a map of where a model looks.
#pragma once

#include <array>
#include <string_view>

namespace saccade {

enum class MapMethod { relevance, rollout, attention, gradcam };

inline constexpr std::array kAllMapMethods{MapMethod::relevance, MapMethod::rollout,
                                           MapMethod::attention, MapMethod::gradcam};

/// As on the command line and in the names of files.
constexpr std::string_view name_of(MapMethod method) {
  switch (method) {
    case MapMethod::relevance:
      return "relevance";
    case MapMethod::rollout:
      return "rollout";
    case MapMethod::attention:
      return "attention";
    case MapMethod::gradcam:
      break;
  }
  return "gradcam";
}

/// True where a map explains one class, and a backward pass from it is needed.
constexpr bool is_class_specific(MapMethod method) {
  return method == MapMethod::relevance || method == MapMethod::gradcam;
}

}  // namespace saccade
