#include "app/results/json_values.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "weights/base/text_utf8.h"

namespace saccade {

double shortest_decimal(float value) {
  return std::strtod(fmt::format("{}", value).c_str(), nullptr);
}

Json to_json(const Prediction& prediction) {
  return {{"index", prediction.index},
          {"label", prediction.label},
          {"score", shortest_decimal(prediction.score)}};
}

Json to_json(const MapId& map) {
  Json json = {{"method", name_of(map.method)}};
  if (map.class_index) json["class"] = *map.class_index;
  if (map.versus) json["versus"] = *map.versus;
  if (map.layer) json["layer"] = *map.layer;
  if (map.heads) {
    json["head"] = map.heads->head ? Json(*map.heads->head) : Json(name_of(map.heads->fusion));
  }
  if (map.query) json["query"] = {map.query->row, map.query->col};
  return json;
}

std::string utf8_text(const std::string& text) {
  return is_utf8(text) ? text : Json::parse(json_line(text)).get<std::string>();
}

std::string pretty_json(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace saccade
