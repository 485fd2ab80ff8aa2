// JSON files of untrusted origin.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace saccade {

/// The object in the JSON file `path`, which may hold up to 64 MB. Throws SystemError where it
/// cannot be read and ModelError where it is malformed or too large.
nlohmann::json read_json_file(const std::filesystem::path& path);

}  // namespace saccade
