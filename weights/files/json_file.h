// Reads untrusted JSON files.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace saccade {

/// Returns the object in the JSON file `path`. Throws SystemError if the file cannot be read, and
/// ModelError if it is malformed (see parse_json_object()) or larger than 64 MB.
nlohmann::json read_json_file(const std::filesystem::path& path);

}  // namespace saccade
