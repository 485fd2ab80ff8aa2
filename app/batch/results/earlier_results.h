// Results that an earlier part of a run has written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/batch/results/name_index.h"
#include "app/batch/results/run_counts.h"
#include "app/system/output_folder.h"

namespace saccade {

struct EarlierResults {
  /// No results for that number of pictures.
  explicit EarlierResults(size_t pictures) : done(pictures) {}

  std::vector<bool> done;            ///< by picture: whether it has a record
  size_t records = 0;                ///< including those of pictures that no longer exist
  std::vector<std::string> removed;  ///< names of pictures that no longer exist
  std::vector<Failure> failures;
  uint64_t bytes = 0;  ///< size of the complete lines
};

/// Reads the records of results.jsonl; none if it is missing. Ignores an incomplete last line.
/// Throws UsageError if a complete line is not a record, or a picture has two.
EarlierResults read_earlier_results(const OutputFolder& folder, const NameIndex& names,
                                    size_t pictures);

/// Removes records with errors from results.jsonl, atomically. Throws SystemError if it cannot be
/// written, UsageError as read_earlier_results().
void drop_failures(const OutputFolder& folder);

/// Writes places.txt: for each record of results.jsonl, in order, one line with the index
/// of its picture among the pictures of all shards, or "-" if the picture no longer exists. Throws
/// as drop_failures().
void write_places(const OutputFolder& folder, const NameIndex& names);

/// Sorts the records of results.jsonl into the order of the pictures, atomically; a record whose
/// picture no longer exists stays after its predecessor. Returns whether the order changed. Throws
/// as drop_failures().
bool put_in_order(const OutputFolder& folder, const NameIndex& names);

}  // namespace saccade
