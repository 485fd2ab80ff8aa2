// Results read back from the file that a batch streamed them to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "app/results/report.h"

namespace saccade {

/// A record and where it lies.
struct StoredResult {
  ImageResult result;  ///< `file` in its own bytes; of maps, their method, class and overlay
  uint64_t begin = 0;  ///< of its line, in bytes
  uint64_t size = 0;   ///< of its line, the line's end included
};

/// Reads `file` record by record; a missing file has none. A last line without an end is left out.
class ResultReader {
 public:
  explicit ResultReader(const std::filesystem::path& file);

  /// The next record, valid until the next call; null after the last. Throws UsageError, which
  /// names file and line, where a line is no record.
  const StoredResult* next();

 private:
  std::filesystem::path file_;
  std::ifstream stream_;
  std::string line_;
  size_t number_ = 0;
  StoredResult stored_;
};

/// Calls `see` for each, in order.
void read_results(const std::filesystem::path& file,
                  const std::function<void(const StoredResult&)>& see);

}  // namespace saccade
