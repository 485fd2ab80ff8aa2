// What an earlier part of a run has written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "app/run_record.h"

namespace saccade {

struct EarlierResults {
  std::unordered_set<std::string> keys;  ///< result_key() of every record
  std::vector<Failure> failures;
  uint64_t bytes = 0;  ///< of whole lines
};

/// What tells pictures apart by their records: equal for equal bytes of `name` only.
std::string result_key(std::string_view name);

/// Reads the records of `file`; none where it is missing. A last line without an end is left out.
/// Throws UsageError where a whole line is no record.
EarlierResults read_earlier_results(const std::filesystem::path& file);

/// Removes records with errors from `file`, in one step. Throws SystemError where it cannot be
/// written, UsageError as above.
void drop_failures(const std::filesystem::path& file);

}  // namespace saccade
