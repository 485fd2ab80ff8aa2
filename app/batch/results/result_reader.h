// Reads results from the file that a batch wrote.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "app/results/report.h"
#include "app/system/regular_file.h"

namespace saccade {

/// The name of the file in the folder of a run.
inline constexpr const char* kResultsFile = "results.jsonl";

/// A record and its position in the file.
struct StoredResult {
  /// `file` holds the original bytes. Maps have only method, class and files; panel and page are
  /// left out.
  ImageResult result;
  std::string model;
  uint64_t begin = 0;  ///< offset of its line, in bytes
  uint64_t size = 0;   ///< of its line with the newline, in bytes
};

/// Reads `file` record by record; a missing file has no records. Ignores an incomplete last line.
class ResultReader {
 public:
  /// Throws SystemError if the file cannot be read, as next() does.
  explicit ResultReader(const std::filesystem::path& file);

  /// The next record, valid until the next call; null after the last. Throws UsageError, naming the
  /// file and the line, if a line is not a record.
  const StoredResult* next();

 private:
  std::filesystem::path file_;
  std::optional<RegularFile> lines_;  ///< nullopt if the file is missing
  std::string line_;
  size_t number_ = 0;
  StoredResult stored_;
};

/// Calls `see` for each record, in order.
void read_results(const std::filesystem::path& file,
                  const std::function<void(const StoredResult&)>& see);

}  // namespace saccade
