// The class names of a timm checkpoint.
#include <fmt/format.h>

#include <utility>

#include "weights/timm/timm_files.h"

namespace saccade {
namespace {

// Old flat files have "labels". As in timm, the outer object comes first.
std::optional<std::pair<const ConfigReader*, const char*>> find_label_names(
    const TimmFiles& files) {
  for (const ConfigReader* config : {&files.top, &files.pretrained}) {
    for (const char* key : {"label_names", "labels"}) {
      if (given(*config, key)) return std::pair(config, key);
    }
  }
  return std::nullopt;
}

// A list, or an object from index to name with gaps (timm's CustomDatasetInfo).
std::vector<std::string> label_names(const ConfigReader& config, const char* key, int64_t classes) {
  const nlohmann::json& given_names = *config.find(key);
  if (!given_names.is_array() && !given_names.is_object()) {
    config.fail(key, "a list of names, or an object from index to name");
  }
  std::vector<std::string> names;
  for (int64_t i = 0; i < classes; ++i) {
    const nlohmann::json* name = nullptr;
    if (given_names.is_object()) {
      const auto found = given_names.find(std::to_string(i));
      if (found != given_names.end()) name = &*found;
    } else if (static_cast<size_t>(i) < given_names.size()) {
      name = &given_names[static_cast<size_t>(i)];
    }
    names.push_back(name ? text_of(*name) : fmt::format("<unmapped:{}>", i));
  }
  return names;
}

}  // namespace

Labels resolve_timm_labels(const TimmFiles& files, int64_t classes, Provenance& sources) {
  const auto found = find_label_names(files);
  if (!found) {
    auto subset = imagenet_subset(classes);
    sources["labels"] =
        subset ? fmt::format("timm's {} list", subset->name) : "none in the checkpoint";
    return subset ? std::move(subset->labels) : Labels{};
  }
  sources["labels"] = files.top.source();
  Labels labels;
  labels.names = label_names(*found->first, found->second, classes);
  auto words = files.top.object("label_descriptions");
  if (!words) words = files.pretrained.object("label_descriptions");
  for (const std::string& name : labels.names) {
    const auto description = words ? words->text(name) : std::nullopt;
    labels.descriptions.push_back(description.value_or(name));
  }
  return labels;
}

}  // namespace saccade
