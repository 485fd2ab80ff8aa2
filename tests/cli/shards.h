// Runs batches in shards.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {

/// Runs on one thread with batch size 1 give bit-identical results.
inline const std::vector<std::string> kExactly{"batch", "-q",           "--threads",
                                               "1",     "--batch-size", "1"};

/// Writes eleven pictures to `folder`/photos, one of them broken and one with a name that is not
/// UTF-8. Each of two or three shards gets some of them.
inline void fill_photos(const TempDir& folder) {
  for (int i = 1; i <= 8; ++i) {
    const char* picture = i % 2 == 0 ? "cat.png" : "coffee.png";
    folder.write("photos/img" + std::to_string(i) + ".png", read_file(sample(picture)));
  }
  folder.write("photos/caf\xe9.png", read_file(sample("cat.png")));
  folder.write("photos/sub/rocket.jpg", read_file(sample("rocket.jpg")));
  folder.write("photos/sub/broken.jpg", "no picture");
  folder.write("photos/sub/notes.txt", "no picture");
}

/// Runs kExactly with `arguments` in `folder`.
inline ProcessResult exact_batch(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kExactly.begin(), kExactly.end());
  return run_in(folder, arguments);
}

inline const std::vector<std::string> kShards{"1/3", "2/3", "3/3"};

/// Runs exact_batch() for each of `shards`, into `folder`/out. Returns their standard error.
inline std::string run_shards(const TempDir& folder, const std::vector<std::string>& more = {},
                              const std::vector<std::string>& shards = kShards) {
  std::string said;
  for (const std::string& shard : shards) {
    std::vector<std::string> arguments{"photos", "-o", "out", "--shard", shard};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProcessResult result = exact_batch(folder, arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    said += result.err;
  }
  return said;
}

inline ProcessResult merge(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "merge");
  return run_in(folder, arguments);
}

inline Json run_json(const TempDir& folder, const std::string& run) {
  return Json::parse(read_file(folder.path() / run / "run.json"));
}

}  // namespace saccade::test
