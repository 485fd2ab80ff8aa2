// Reads and writes a batch's run.json.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/batch/batch_options.h"
#include "app/batch/results/run_counts.h"
#include "app/inputs/inputs.h"
#include "app/pipeline/resource_plan.h"
#include "app/system/output_folder.h"
#include "weights/checkpoint.h"

namespace saccade {

using Json = nlohmann::ordered_json;

/// Timings of all parts of a run.
struct RunTimings {
  double seconds = 0;              ///< wall-clock time
  double reading_seconds = 0;      ///< sum over the threads that read pictures
  double classifying_seconds = 0;  ///< sum over the streams

  RunTimings operator+(const RunTimings& other) const {
    return {seconds + other.seconds, reading_seconds + other.reading_seconds,
            classifying_seconds + other.classifying_seconds};
  }
};

/// The settings that determine the results; all parts of a run must have the same.
Json run_settings(const BatchOptions& options, const Checkpoint& checkpoint, const Inputs& inputs);

/// The shard's index, the number of shards, and a digest of the names of all pictures; null for a
/// run without shards.
Json shard_record(const BatchOptions& options, const Inputs& inputs);

/// The contents of run.json. `outcome` is "running", "finished", or why the run stopped.
Json run_record(const Json& settings, const Json& shard, const std::vector<std::string>& command,
                const ResourcePlan& plan, const RunCounts& counts, std::string_view outcome,
                const RunTimings& timings);

/// Removes the command, the working folder, the host's name, and the text of an error, which may
/// name files.
void leave_machine_out(Json& record);

/// Reads the run.json in `folder`; nullopt if there is none. Throws UsageError if it is malformed.
std::optional<Json> read_run_record(const std::filesystem::path& folder);

/// The timings in a record; 0 if it has none.
RunTimings timings_of(const Json& record);

/// Writes or replaces run.json, so that after a loss of power it is the old or the new one. Throws
/// SystemError if it cannot be written.
void write_record(const OutputFolder& folder, const Json& record);

}  // namespace saccade
