// Further formats of a batch's results, written alongside results.jsonl.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "app/results/report.h"
#include "app/system/output_folder.h"

namespace saccade {

/// Takes results in order. Every function throws SystemError, naming the file, if it cannot be
/// written; results committed before stay intact. The destructor tries to commit what was added.
class ResultTable {
 public:
  virtual ~ResultTable() = default;
  virtual void add(const ImageResult& result) = 0;
  /// Makes the added results visible to readers of the file. If the last commit was only a moment
  /// ago, a later call does so.
  virtual void commit() = 0;
  /// The last call: commits, with the text of run.json. Formats that have no place for it ignore
  /// it.
  virtual void finish(const std::string& run_json) = 0;
};

/// Rows as `classify --format csv` writes them. Replaces the file.
std::unique_ptr<ResultTable> make_csv_table(const OutputFolder& folder,
                                            const std::filesystem::path& name,
                                            CsvFormulas formulas = CsvFormulas::disarmed);

/// An SQLite database with the tables `images`, `predictions` and `run` and the view `answers`.
/// Replaces the file. A reader that locks the file delays commits, not the run; uncommitted results
/// stay in memory. finish() waits up to 10 s for the reader.
std::unique_ptr<ResultTable> make_sqlite_table(const OutputFolder& folder,
                                               const std::filesystem::path& name,
                                               const std::string& model);

}  // namespace saccade
