// Runs saccade.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/shared_data.h"

namespace saccade::test {

/// Runs the program that was built with these tests. It stays offline unless `options` sets
/// otherwise.
inline ProcessResult run_saccade(std::vector<std::string> arguments, ProcessOptions options = {}) {
  options.variables.insert(options.variables.begin(), {"HF_HUB_OFFLINE", "1"});
  arguments.insert(arguments.begin(), SACCADE_PROGRAM);
  return run_process(arguments, options);
}

inline std::string sample(const std::string& name) {
  return source_path("tests/samples/" + name).string();
}

inline std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

inline constexpr const char* kBuiltinNote =
    "saccade: note: built-in model, 200 everyday classes; use -m for yours\n";

}  // namespace saccade::test
