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

}  // namespace saccade::test
