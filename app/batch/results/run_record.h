// What run.json says of a batch.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/batch/batch_options.h"
#include "app/inputs/inputs.h"
#include "app/pipeline/resource_plan.h"
#include "app/results/json_values.h"
#include "weights/checkpoint.h"

namespace saccade {

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

/// Of all parts of a run.
struct RunTimings {
  double seconds = 0;              ///< by the clock
  double reading_seconds = 0;      ///< of all threads that read pictures together
  double classifying_seconds = 0;  ///< of all streams together

  RunTimings operator+(const RunTimings& other) const {
    return {seconds + other.seconds, reading_seconds + other.reading_seconds,
            classifying_seconds + other.classifying_seconds};
  }
};

/// What results depend on: two parts of one run must have the same.
Json run_settings(const BatchOptions& options, const Checkpoint& checkpoint, const Inputs& inputs);

/// Which part of the pictures a run is about, of how many in all, and what tells their list from
/// others; null where it is about all.
Json shard_record(const BatchOptions& options, const Inputs& inputs);

/// What run.json says. `outcome` is "running", "finished", or why it stopped.
Json run_record(const Json& settings, const Json& shard, const std::vector<std::string>& command,
                const ResourcePlan& plan, const RunCounts& counts, std::string_view outcome,
                const RunTimings& timings);

/// The run.json in `folder`; nullopt where there is none. Throws UsageError where it is not one.
std::optional<Json> read_run_record(const std::filesystem::path& folder);

/// What it says of time; 0 where it says nothing.
RunTimings timings_of(const Json& record);

/// Writes or replaces the run.json in `folder`, in one step. Throws SystemError where it cannot be
/// written.
void write_record(const std::filesystem::path& folder, const Json& record);

}  // namespace saccade
