// The methods for heatmaps.
#pragma once

#include <array>
#include <string_view>

namespace saccade {

/// How a map is made. app/docs/attend.md describes each.
enum class MapMethod { saccade, relevance, gradcam, rollout, attention };

inline constexpr std::array kAllMapMethods{MapMethod::saccade, MapMethod::relevance,
                                           MapMethod::gradcam, MapMethod::rollout,
                                           MapMethod::attention};

/// The name on the command line and in file names.
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

/// Whether a map explains one class, which needs a backward pass.
constexpr bool is_class_specific(MapMethod method) {
  return method == MapMethod::saccade || method == MapMethod::relevance ||
         method == MapMethod::gradcam;
}

/// Whether a map can show what one patch reads, instead of the classifier.
constexpr bool can_explain_patch(MapMethod method) { return method != MapMethod::gradcam; }

}  // namespace saccade
