// The results of a batch on disk, in all requested formats.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/batch/results/name_index.h"
#include "app/batch/results/result_file.h"
#include "app/batch/results/result_formats.h"
#include "app/batch/results/result_table.h"
#include "app/results/report.h"
#include "app/system/output_folder.h"

namespace saccade {

/// Writes results.jsonl, from which --resume continues, and the tables, which are kept in step with
/// it. Holds a reference to the folder.
class RunResults {
 public:
  /// Creates results.jsonl, or continues after its first `kept` bytes. Tables are rebuilt from the
  /// kept results. Throws SystemError if a file cannot be written, as do all functions.
  RunResults(const OutputFolder& folder, ResultFormats formats, const std::string& model,
             uint64_t kept);

  /// The result is on disk on return; SQLite may show it a moment later.
  void add(const ImageResult& result);
  /// Closes results.jsonl.
  void close();
  /// After close(): sorts results.jsonl and the tables into the order of the pictures.
  void sort(const NameIndex& names);
  /// The last call: completes the tables with the text of run.json.
  void finish(const std::string& run_json);

 private:
  void begin_tables();

  const OutputFolder& folder_;
  ResultFormats formats_;
  std::string model_;
  std::unique_ptr<Report> report_;
  ResultFile file_;
  std::vector<std::unique_ptr<ResultTable>> tables_;
};

}  // namespace saccade
