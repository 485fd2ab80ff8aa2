// Whether a file is there, as an error of ours where the system cannot tell.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {

/// Throws SystemError where it cannot be known: no permission, a loop of links, too long a name.
inline bool file_exists(const std::filesystem::path& path) {
  std::error_code error;
  const bool found = std::filesystem::exists(path, error);
  if (error) throw SystemError(fmt::format("{}: {}", path.string(), error.message()));
  return found;
}

}  // namespace saccade
