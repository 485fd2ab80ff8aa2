// One run's work on several machines: which part of the pictures is whose.
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

/// A variable of the environment; null where it is not set.
using Environment = std::function<const char*(const char*)>;

/// What --shard says: "I/N", or "auto/N" for the index of a Kubernetes indexed job; without it what
/// Open MPI, MPICH (and all that use its PMI), or srun tell a task. nullopt: the run is whole.
/// Throws UsageError where the value is bad, or an index is known but not of how many.
std::optional<Shard> find_shard(const std::optional<std::string>& option, const Environment& get);

/// Whether the picture that results call `name` is part of `shard`. By the first 8 bytes of the
/// name's SHA-256, so that each picture stays where it is when others come.
bool belongs_to(std::string_view name, const Shard& shard);

/// The name of the folder with its results: "shard-I-of-N".
std::string shard_folder(const Shard& shard);

/// How many tasks of the same MPI or Slurm job share this machine; 1 where nothing says so.
int local_tasks(const Environment& get);

}  // namespace saccade
