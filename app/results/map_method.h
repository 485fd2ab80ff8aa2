// The methods that make a map of where a model looks.
#pragma once

#include <array>
#include <string_view>

namespace saccade {

enum class MapMethod { saccade, relevance, gradcam, rollout, attention };

inline constexpr std::array kAllMapMethods{MapMethod::saccade, MapMethod::relevance,
                                           MapMethod::gradcam, MapMethod::rollout,
                                           MapMethod::attention};

/// As on the command line and in the names of files.
constexpr std::string_view name_of(MapMethod method) {
  switch (method) {
    case MapMethod::saccade:
      return "saccade";
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
  return method == MapMethod::saccade || method == MapMethod::relevance ||
         method == MapMethod::gradcam;
}

}  // namespace saccade
