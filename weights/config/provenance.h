// The source of each resolved value, for `saccade inspect` and error messages.
#pragma once

#include <map>
#include <string>

namespace saccade {

/// Maps a field's name ("depth", "crop", ...) to its source: "config.json", "tensor shape",
/// "family default", "command line", ...
using Provenance = std::map<std::string, std::string>;

inline constexpr const char* kFromFamily = "family default";
inline constexpr const char* kFromShape = "tensor shape";
inline constexpr const char* kFromCommandLine = "command line";

}  // namespace saccade
