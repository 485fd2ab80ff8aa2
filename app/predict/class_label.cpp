#include "app/predict/class_label.h"

namespace saccade {
namespace {

std::string entry(const std::vector<std::string>& list, int64_t index) {
  const auto i = static_cast<size_t>(index);
  return i < list.size() ? list[i] : "";
}

}  // namespace

std::string_view name_of(LabelType type) {
  switch (type) {
    case LabelType::description:
      return "description";
    case LabelType::name:
      return "name";
    case LabelType::index:
      break;
  }
  return "index";
}

std::string class_label(const Labels& labels, int64_t index, LabelType type) {
  std::string label;
  if (type == LabelType::description) {
    label = entry(labels.descriptions, index);
    if (label.empty()) label = entry(labels.names, index);
  } else if (type == LabelType::name) {
    label = entry(labels.names, index);
    if (label.empty()) label = entry(labels.descriptions, index);
  }
  return label.empty() ? std::to_string(index) : label;
}

}  // namespace saccade
