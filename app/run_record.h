// What run.json says of a batch.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/batch_options.h"
#include "app/inputs.h"
#include "app/json_values.h"
#include "weights/checkpoint.h"

namespace saccade {

/// How the pictures of a run were shared out.
struct RunPlan {
  int threads = 0;
  int decode_threads = 0;
  int64_t batch_size = 0;
  uint64_t max_memory = 0;
};

struct Failure {
  std::string file;  ///< as its record names it
  std::string error;
};

/// What became of the pictures, those of earlier parts of the run included.
struct RunCounts {
  size_t pictures = 0;  ///< that were found
  size_t done = 0;      ///< that have a record
  std::vector<Failure> failures;
  size_t skipped_files = 0;
  size_t unreadable_folders = 0;
};

/// What results depend on: two parts of one run must have the same.
Json run_settings(const BatchOptions& options, const Checkpoint& checkpoint);

/// The text of run.json. `outcome` is "running", "finished", or why it stopped; `seconds` are those
/// of all parts.
std::string run_record(const Json& settings, const std::vector<std::string>& command,
                       const RunPlan& plan, const RunCounts& counts, std::string_view outcome,
                       double seconds);

/// The run.json in `folder`; nullopt where there is none. Throws UsageError where it is not one.
std::optional<Json> read_run_record(const std::filesystem::path& folder);

/// Replaces `file` in one step. Throws SystemError where it cannot be written.
void replace_file(const std::filesystem::path& file, std::string_view text);

}  // namespace saccade
