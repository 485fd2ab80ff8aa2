// Parses untrusted JSON, strictly and with a limited depth.
#pragma once

#include <cstddef>
#include <exception>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace saccade {

/// Parses `bytes`, whose top level must be an object. Rejects comments, NaN, invalid UTF-8, text
/// after the object, and nesting deeper than `max_depth`. The last of duplicate keys wins, as in
/// Python. Throws ModelError, which names `file`, the line and the column.
nlohmann::json parse_json_object(std::string_view bytes, const std::string& file,
                                 size_t max_depth = 64);

/// Returns why nlohmann-json rejected `bytes`, in one printable line: line and column if they are
/// known, and the reason. `error` is what it threw, whose own text may quote input of any length.
std::string json_error_text(const std::exception& error, std::string_view bytes);

}  // namespace saccade
