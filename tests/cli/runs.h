// Runs saccade in a folder and reads the records of the run.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {

using Json = nlohmann::ordered_json;

/// Runs the program in `folder`.
inline ProcessResult run_in(const TempDir& folder, const std::vector<std::string>& arguments) {
  ProcessOptions process;
  process.folder = folder.path();
  return run_saccade(arguments, process);
}

/// Runs a bash script in `folder`: $0 is the program, $1 is `picture`.
inline ProcessResult run_script(const TempDir& folder, const std::string& script,
                                const std::string& picture = "") {
  ProcessOptions process;
  process.folder = folder.path();
  return run_process({"/bin/bash", "-c", script, SACCADE_PROGRAM, picture}, process);
}

/// Reads the records of a results.jsonl.
inline std::vector<Json> records(const std::filesystem::path& file) {
  std::vector<Json> records;
  for (const std::string& line : lines(read_file(file))) records.push_back(Json::parse(line));
  return records;
}

/// Writes `count` copies of the sample cat to `folder`. Returns their names, p0.png, p1.png, ...
inline std::vector<std::string> write_cats(const TempDir& folder, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back("p" + std::to_string(i) + ".png");
    folder.write(names.back(), read_file(sample("cat.png")));
  }
  return names;
}

/// Makes `count` links in `folder`/photos, p0.png, p1.png, ..., to the samples in turn.
inline void link_photos(const TempDir& folder, size_t count,
                        const std::vector<std::string>& samples) {
  std::filesystem::create_directories(folder.path() / "photos");
  for (size_t i = 0; i < count; ++i) {
    std::filesystem::create_symlink(sample(samples[i % samples.size()]),
                                    folder.path() / ("photos/p" + std::to_string(i) + ".png"));
  }
}

}  // namespace saccade::test
