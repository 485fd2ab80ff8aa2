// std::filesystem::exists() with our own error.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {

/// Throws SystemError if the system cannot tell: no permission, a loop of links, a name too long.
inline bool file_exists(const std::filesystem::path& path) {
  std::error_code error;
  const bool found = std::filesystem::exists(path, error);
  if (error) throw SystemError(fmt::format("{}: {}", path.string(), error.message()));
  return found;
}

}  // namespace saccade
