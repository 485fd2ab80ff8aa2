#include "app/maps/map_caption.h"

#include <fmt/format.h>

#include <filesystem>

namespace saccade {
namespace {

std::string score_text(float score, bool probabilities) {
  return probabilities ? fmt::format("{:.2f}%", 100.0 * score) : fmt::format("{:.4f}", score);
}

}  // namespace

std::string class_text(const Prediction& prediction, bool probabilities) {
  return fmt::format("{} {}", prediction.label, score_text(prediction.score, probabilities));
}

std::string short_name(const std::string& path) {
  const auto normal = std::filesystem::path(path).lexically_normal();
  return (normal.has_filename() ? normal : normal.parent_path()).filename().string();
}

std::string short_caption(const MapId& map) {
  const HeadSelection& heads = *map.heads;
  return heads.head ? fmt::format("L{} H{}", *map.layer, *heads.head)
                    : fmt::format("L{} {}", *map.layer, name_of(heads.fusion));
}

std::string map_caption(const MapId& map, const std::optional<std::string>& explained,
                        const std::optional<std::string>& versus) {
  std::string caption(name_of(map.method));
  if (map.heads) caption += ' ' + short_caption(map);
  if (map.query) caption += fmt::format(" of patch {},{}", map.query->row, map.query->col);
  if (explained) caption += ": " + *explained;
  if (versus) caption += " rather than " + *versus;
  return caption;
}

}  // namespace saccade
