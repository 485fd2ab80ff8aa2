// JSON values that reports and sidecars share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "app/results/map_id.h"
#include "app/results/report.h"

namespace saccade {

using Json = nlohmann::ordered_json;

/// The double that nlohmann-json prints as the shortest decimal that parses back to `value`.
double shortest_decimal(float value);

Json to_json(const Prediction& prediction);

/// {"method", "class"?, "versus"?, "layer"?, "head"?, "query"?}; classes are indices, a head
/// is an index or "mean", "max", "min".
Json to_json(const MapId& map);

/// The text as json_line() writes it: bytes that are not UTF-8 become U+FFFD.
std::string utf8_text(const std::string& text);

/// Indented, on several lines; otherwise as json_line().
std::string pretty_json(const Json& json);

/// Parses JSON that may have been written by anyone. nullopt if it is not valid, or nested deeper
/// than anything that the program writes.
std::optional<Json> parse_json(std::string_view text);

/// On one line. Bytes that are not UTF-8 (file names may have some) become U+FFFD.
std::string json_line(const Json& json);

}  // namespace saccade
