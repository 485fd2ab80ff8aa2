// The options that select maps.
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

/// The names on the command line.
inline constexpr auto kMethodNames = [] {
  Choices<MapMethod, kAllMapMethods.size()> names;
  for (size_t i = 0; i < names.size(); ++i) {
    names[i] = {name_of(kAllMapMethods[i]), kAllMapMethods[i]};
  }
  return names;
}();

/// Not yet checked against the layers, heads, patches and classes of a model.
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
  std::optional<PatchPosition> query;  ///< nullopt: the rows that the classifier reads
};

/// "saccade, relevance, gradcam, rollout or attention", for --help.
const std::string& map_method_names();

/// The options, for the parser and --help.
OptionGroup map_option_group();

/// Throws UsageError if a value is bad, or if none of the methods uses an option that was given.
MapOptions map_options(const ParsedArguments& arguments);

}  // namespace saccade
