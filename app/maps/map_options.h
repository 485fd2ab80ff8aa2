// The options that say which maps are wanted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/command_line.h"
#include "app/cli/option_values.h"
#include "app/results/map_id.h"
#include "app/results/map_method.h"
#include "model/explain/maps.h"

namespace saccade {

enum class LayerChoice { one, last, all };
enum class HeadChoice { one, mean, max, min, all };

/// As on the command line.
inline constexpr auto kMethodNames = [] {
  Choices<MapMethod, kAllMapMethods.size()> names;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = {name_of(kAllMapMethods[i]), kAllMapMethods[i]};
  }
  return names;
}();

/// Whether the model has such layers, heads, patches and classes is open.
struct MapOptions {
  std::vector<MapMethod> methods{MapMethod::saccade};  ///< each once
  std::string classes = "top";                         ///< "top", "topN", an index or a name
  std::optional<std::string> versus;                   ///< an index or a name
  LayerChoice layers = LayerChoice::last;
  int64_t layer = 0;  ///< with LayerChoice::one
  HeadChoice heads = HeadChoice::mean;
  int64_t head = 0;  ///< with HeadChoice::one
  HeadFusion rollout_fusion = HeadFusion::mean;
  double discard_ratio = 0;
  std::optional<PatchPosition> query;  ///< nullopt: what the classifier reads
};

/// Their rows of --help.
OptionGroup map_option_group();

/// Throws UsageError where a value is bad, or an option is given that none of the methods can use.
MapOptions map_options(const ParsedArguments& arguments);

}  // namespace saccade
