// What an earlier part of a run has written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "app/batch/results/name_index.h"
#include "app/batch/results/run_record.h"

namespace saccade {

struct EarlierResults {
  /// None of so many pictures.
  explicit EarlierResults(size_t pictures) : done(pictures) {}

  std::vector<bool> done;         ///< by the pictures' places: those that have a record
  size_t records = 0;             ///< those of pictures that are no longer there included
  std::vector<std::string> gone;  ///< names of those others
  std::vector<Failure> failures;
  uint64_t bytes = 0;  ///< of whole lines
};

/// Reads the records of `file`; none where it is missing. A last line without an end is left out.
/// Throws UsageError where a whole line is no record, or a picture has two.
EarlierResults read_earlier_results(const std::filesystem::path& file, const NameIndex& names,
                                    size_t pictures);

/// Removes records with errors from `file`, in one step. Throws SystemError where it cannot be
/// written, UsageError as above.
void drop_failures(const std::filesystem::path& file);

/// Writes `folder`/places.txt: for each record of results.jsonl, in order, the place of its picture
/// among the pictures of all shards, a line each; "-" where it is no longer there. Throws as above.
void write_places(const std::filesystem::path& folder, const NameIndex& names);

/// Brings the records of `file` into the order of the pictures, in one step, where they are in
/// another; a record of a picture that is no longer there stays after the one before it. Returns
/// whether anything had to be moved. Throws as above.
bool put_in_order(const std::filesystem::path& file, const NameIndex& names);

}  // namespace saccade
