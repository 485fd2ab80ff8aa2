// A batch's results in further formats, kept beside the lines of results.jsonl.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "app/results/report.h"

namespace saccade {

/// Takes results in their order. Every function throws SystemError, which names the file, where it
/// cannot be written; what was committed before stays whole. A table that is destroyed keeps what
/// was added, as far as the system takes it.
class ResultTable {
 public:
  virtual ~ResultTable() = default;
  virtual void add(const ImageResult& result) = 0;
  /// Shows what was added to readers of the file: now, or with a later call if the last time is
  /// only a moment ago.
  virtual void commit() = 0;
  /// The last call: commits, with what is known of the whole run, the text of run.json. Formats
  /// that have no place for it leave it out.
  virtual void finish(const std::string& run_json) = 0;
};

/// Rows as `classify --format csv` writes them. Begins the file anew.
std::unique_ptr<ResultTable> make_csv_table(const std::filesystem::path& file);

/// An SQLite database of the tables `images`, `predictions` and `run` and the view `answers`; top
/// README.md describes them. Begins the file anew. A reader that holds the file delays what it is
/// shown, not the run; what was added meanwhile is kept in memory. finish() waits 10 s for it.
std::unique_ptr<ResultTable> make_sqlite_table(const std::filesystem::path& file,
                                               const std::string& model);

}  // namespace saccade
