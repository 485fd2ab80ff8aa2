// Splits the pictures of one run among several machines.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace saccade {

/// Part `index` (from 1) of `of` parts.
struct Shard {
  int index = 1;
  int of = 1;
};

/// Looks up an environment variable; returns null if it is not set.
using Environment = std::function<const char*(const char*)>;

/// The shard that --shard names: "I/N", or "auto/N" for the index of a Kubernetes indexed job.
/// Without the option, the shard comes from the variables of Open MPI, MPICH (and others with its
/// PMI) or srun. Returns nullopt if the run is not split. Throws UsageError if the value is bad, or
/// if an index is set without the number of shards.
std::optional<Shard> find_shard(const std::optional<std::string>& option, const Environment& get);

/// Whether `shard` has the picture with this name in the results. Decided by the first 8 bytes of
/// the name's SHA-256, so that a picture keeps its shard when others are added.
bool belongs_to(std::string_view name, const Shard& shard);

/// The name of the folder of its results: "shard-I-of-N".
std::string shard_folder(const Shard& shard);

/// The number of tasks of the same MPI or Slurm job on this machine; 1 if unknown.
int local_tasks(const Environment& get);

}  // namespace saccade
