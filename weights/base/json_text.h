// JSON of untrusted origin: strict, bounded in size and depth.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace saccade {

/// Parses `bytes`, whose top level must be an object. Strict: no comments, no NaN, valid UTF-8,
/// nothing after the object; of duplicate keys the last one counts, as in Python. Objects and
/// arrays may be nested `max_depth` deep. Throws ModelError with the name `file`, the line and the
/// column.
nlohmann::json parse_json_object(std::string_view bytes, const std::string& file,
                                 size_t max_depth = 64);

/// Why nlohmann-json refused `bytes`: the line and column where it is known, and its reason, in one
/// line fit to be shown. (Its own text quotes the input, of any size and content.)
std::string json_complaint(const nlohmann::json::exception& error, std::string_view bytes);

}  // namespace saccade
