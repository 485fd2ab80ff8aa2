// Tests of pages in a headless Chromium that a Python script controls.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace saccade::test {

/// Searches $PATH for a program; empty if there is none.
inline std::string program(const std::string& name) {
  const char* path = std::getenv("PATH");
  const std::string folders = path ? path : "";
  for (size_t begin = 0; begin <= folders.size();) {
    const size_t end = std::min(folders.find(':', begin), folders.size());
    const std::filesystem::path file =
        std::filesystem::path(folders.substr(begin, end - begin)) / name;
    if (std::filesystem::exists(file)) return file.string();
    begin = end + 1;
  }
  return "";
}

/// Creates a folder for screenshots: in $SACCADE_SCREENSHOTS, where they are kept, else in
/// `folder`.
inline std::filesystem::path screenshot_folder(const std::filesystem::path& folder,
                                               const std::string& name) {
  const char* kept = std::getenv("SACCADE_SCREENSHOTS");
  const auto screenshots = (kept ? std::filesystem::path(kept) : folder) / name;
  std::filesystem::create_directories(screenshots);
  return screenshots;
}

/// Runs a script of the source tree. Its complaints fail the test.
inline void expect_in_browser(const std::string& script, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {program("python3"), source_path(script).string()});
  const ProcessResult result = run_process(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
}

}  // namespace saccade::test

/// Skips the running test, with the reason, if there is no browser or driver.
#define SACCADE_NEED_BROWSER()                                       \
  for (const char* needed : {"python3", "chromium", "chromedriver"}) \
    if (saccade::test::program(needed).empty())                      \
  GTEST_SKIP() << "no " << needed << " (Debian: python3, chromium, chromium-driver)"
