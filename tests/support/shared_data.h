// Locates test data: fixtures in the repository and real data next to it.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace saccade::test {

/// A file of the source tree, by its path relative to the root.
inline std::filesystem::path source_path(const std::filesystem::path& relative) {
  return std::filesystem::path(SACCADE_SOURCE_DIR) / relative;
}

/// Real checkpoints and photos: $SACCADE_SHARED, or ../shared next to the source tree. The path may
/// not exist; tests then skip with a message.
inline std::filesystem::path shared_path(const std::filesystem::path& relative) {
  const char* root = std::getenv("SACCADE_SHARED");
  return (root ? std::filesystem::path(root) : source_path("../shared")) / relative;
}

}  // namespace saccade::test

/// Skips the running test, with a message, if real data is missing.
#define SACCADE_NEED_SHARED(relative)                                    \
  if (!std::filesystem::exists(saccade::test::shared_path(relative)))    \
  GTEST_SKIP() << "no " << saccade::test::shared_path(relative).string() \
               << "; set SACCADE_SHARED to the folder that holds it"
