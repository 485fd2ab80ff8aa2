// How many processors and how much memory this process may use.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "app/system/shard.h"

namespace saccade {

/// The CPUs of the affinity mask, or fewer if a control group sets a quota, other tasks of the same
/// job share the machine, or variables allow fewer (see cpus_of_environment); at least 1.
int usable_cpus();

/// The CPUs that variables allow this process: the smallest of OMP_NUM_THREADS (of a list, the
/// first number) and SLURM_CPUS_PER_TASK, or without the latter an equal share of
/// SLURM_CPUS_ON_NODE. Slurm may leave the affinity mask as it is. Returns nullopt if none is set
/// to a whole number above 0.
std::optional<int> cpus_of_environment(const Environment& get);

/// The CPUs for one of `tasks` tasks that share a machine: an equal share of the `online` CPUs and
/// of the quota, but no more than its affinity mask has. A launcher may bind a task to a mask of
/// its own (one core) or to one that several tasks share (all cores of a socket). At least 1.
int cpus_of_task(int mask, int online, std::optional<int> quota, int tasks);

/// The smallest CPU quota of this process's control groups and their ancestors, rounded up to whole
/// CPUs; nullopt if none is set. Reads proc/self/cgroup and sys/fs/cgroup (versions 1 and 2,
/// https://docs.kernel.org/admin-guide/cgroup-v2.html) under `root`.
std::optional<int> cgroup_cpus(const std::filesystem::path& root);

/// Parses cpu.max of version 2: "QUOTA PERIOD" in microseconds, or "max PERIOD" for no limit.
std::optional<int> cpus_of_cpu_max(std::string_view text);

/// QUOTA / PERIOD of two numbers as text, rounded up, at least 1. Returns nullopt if there is no
/// limit (version 1 writes -1) or a text is not a number.
std::optional<int> cpus_of_quota(std::string_view quota, std::string_view period);

/// The machine's memory in bytes, or less if a control group sets a limit.
uint64_t usable_memory();

/// The smallest memory limit in bytes of this process's control groups and their ancestors; nullopt
/// if none is set. Reads proc/self/cgroup and sys/fs/cgroup (memory.max of version 2,
/// memory.limit_in_bytes of version 1) under `root`.
std::optional<uint64_t> cgroup_memory(const std::filesystem::path& root);

/// The resident memory of this process in bytes, including files that it has mapped.
uint64_t resident_memory();

}  // namespace saccade
