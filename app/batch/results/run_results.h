// The results of a batch on disk, in every format that was asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/batch/results/name_index.h"
#include "app/batch/results/result_file.h"
#include "app/batch/results/result_formats.h"
#include "app/batch/results/result_table.h"
#include "app/results/report.h"

namespace saccade {

/// results.jsonl, which --resume reads, and the tables that are kept in step with it.
class RunResults {
 public:
  /// Begins results.jsonl anew, or goes on after its first `kept` bytes. Tables begin with what is
  /// kept. Throws SystemError where a file cannot be written.
  RunResults(const std::filesystem::path& folder, ResultFormats formats, const std::string& model,
             uint64_t kept);

  /// Each result is on disk when this returns; SQLite may show it a moment later. Throws
  /// SystemError, as do all.
  void add(const ImageResult& result);
  /// Ends results.jsonl.
  void close();
  /// After that: brings it, and the tables, into the order of the pictures.
  void sort(const NameIndex& names);
  /// The last call: ends the tables, with the text of run.json.
  void finish(const std::string& run_json);

 private:
  void begin_tables();

  std::filesystem::path folder_;
  ResultFormats formats_;
  std::string model_;
  std::unique_ptr<Report> report_;
  ResultFile file_;
  std::vector<std::unique_ptr<ResultTable>> tables_;
};

}  // namespace saccade
