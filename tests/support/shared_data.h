// Where tests find what they read: fixtures in the repository, real data beside it.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace saccade::test {

/// A file of the source tree, by its path from the top.
inline std::filesystem::path source_path(const std::filesystem::path& relative) {
  return std::filesystem::path(SACCADE_SOURCE_DIR) / relative;
}

/// Real checkpoints and photos: $SACCADE_SHARED, or ../shared beside the source tree. The path may
/// not exist; such a test then skips with a message.
inline std::filesystem::path shared_path(const std::filesystem::path& relative) {
  const char* root = std::getenv("SACCADE_SHARED");
  return (root ? std::filesystem::path(root) : source_path("../shared")) / relative;
}

}  // namespace saccade::test

/// Skips the running test, saying why, where real data is absent.
#define SACCADE_NEED_SHARED(relative)                                    \
  if (!std::filesystem::exists(saccade::test::shared_path(relative)))    \
  GTEST_SKIP() << "no " << saccade::test::shared_path(relative).string() \
               << "; set SACCADE_SHARED to the folder that holds it"
