// Captions for maps.
#pragma once

#include <optional>
#include <string>

#include "app/results/map_id.h"
#include "app/results/report.h"

namespace saccade {

/// "dog 54.30%" if scores are probabilities, else "dog 7.1234".
std::string class_text(const Prediction& prediction, bool probabilities);

/// The last part of a path to a picture or a model: short, and without folders that pages for
/// others need not reveal.
std::string short_name(const std::string& path);

/// "relevance: dog 54.30% rather than cat", "attention L11 H3", "rollout of patch 3,4".
/// `explained` and `versus` are the labels of the classes of a class-specific map.
std::string map_caption(const MapId& map, const std::optional<std::string>& explained,
                        const std::optional<std::string>& versus);

/// For attention: "L11 H3", "L11 mean".
std::string short_caption(const MapId& map);

}  // namespace saccade
