#include "app/results/json_values.h"

#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

/// Whether brackets that are not in strings are nested deeper than `levels`. Of text that is not
/// JSON, any answer will do.
bool is_nested_deeper(std::string_view text, size_t levels) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > levels) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

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

std::optional<Json> parse_json(std::string_view text) {
  constexpr size_t kDeepest = 64;  // copying and printing recurse once for each level
  if (is_nested_deeper(text, kDeepest)) return std::nullopt;
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

std::string pretty_json(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string json_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace saccade
