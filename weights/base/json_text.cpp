#include "weights/base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/base/text_utf8.h"

namespace saccade {
namespace {

constexpr size_t max_reason = 200;

/// Line and column, counted from 1, of the last byte that was read. nlohmann-json's own column is
/// wrong if a number ends a line.
std::string position_of(const nlohmann::json::parse_error& error, std::string_view bytes) {
  const std::string_view before = bytes.substr(0, std::max<size_t>(error.byte, 1) - 1);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}: ", line, before.size() - line_start + 1);
}

}  // namespace

std::string json_error_text(const std::exception& error, std::string_view bytes) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: reason"
  std::string_view reason = error.what();
  reason.remove_prefix(std::min(reason.find("] ") + 2, reason.size()));
  std::string shown;
  if (const auto* parse_error = dynamic_cast<const nlohmann::json::parse_error*>(&error)) {
    shown = position_of(*parse_error, bytes);
    reason.remove_prefix(std::min(reason.find(": ") + 2, reason.size()));
  }
  shown += escaped(utf8_prefix(reason, max_reason));
  return shown + (reason.size() > max_reason ? "..." : "");
}

nlohmann::json parse_json_object(std::string_view bytes, const std::string& file,
                                 size_t max_depth) {
  // nlohmann-json treats a NUL byte as the end of its input and would ignore the rest.
  if (const size_t nul = bytes.find('\0'); nul != bytes.npos) {
    throw ModelError(fmt::format("{}: not valid JSON: NUL byte at offset {}", file, nul));
  }
  using Json = nlohmann::json;
  const auto check_depth = [&](int depth, Json::parse_event_t event, const Json&) {
    const bool opens =
        event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
    if (opens && static_cast<size_t>(depth) >= max_depth) {
      throw ModelError(fmt::format(
          "{}: JSON nested deeper than {} levels; no model's configuration is", file, max_depth));
    }
    return true;
  };
  Json value;
  try {
    value = Json::parse(bytes, check_depth);
  } catch (const Json::exception& error) {
    throw ModelError(fmt::format("{}: not valid JSON: {}", file, json_error_text(error, bytes)));
  }
  if (!value.is_object()) {
    throw ModelError(fmt::format("{}: holds a JSON {}; wanted an object", file, value.type_name()));
  }
  return value;
}

}  // namespace saccade
