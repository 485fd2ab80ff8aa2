// What reports and sidecars say in JSON alike.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/results/map_id.h"
#include "app/results/report.h"

namespace saccade {

using Json = nlohmann::ordered_json;

/// nlohmann-json writes doubles: this one prints as the shortest decimal that reads back as
/// `value`.
double shortest_decimal(float value);

Json to_json(const Prediction& prediction);

/// {"method", "class"?, "versus"?, "layer"?, "head"?, "query"?}; classes by their indices, a head
/// by its index or "mean", "max", "min".
Json to_json(const MapId& map);

bool is_utf8(std::string_view text);

/// The text as json_line() writes it: what is not UTF-8 becomes U+FFFD.
std::string utf8_text(const std::string& text);

/// Many lines, for people. As json_line() otherwise.
std::string pretty_json(const Json& json);

/// One line. File names need not be UTF-8; JSON must: other bytes become U+FFFD.
std::string json_line(const Json& json);

}  // namespace saccade
