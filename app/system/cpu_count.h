// How many processors this process may keep busy.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace saccade {

/// The CPUs of the affinity mask, or fewer where a control group's quota allows less or tasks of
/// the same job share the machine; at least 1.
int usable_cpus();

/// What one of `tasks` tasks on a machine has of its CPUs: its share of those `online` and of the
/// quota, and no more than its affinity mask, to which the launcher may have bound it alone (one
/// core) or with others (all cores of a socket); at least 1.
int cpus_of_task(int mask, int online, std::optional<int> quota, int tasks);

/// The smallest CPU quota of this process's control groups and their ancestors, rounded up to whole
/// CPUs; nullopt where none is set. Reads proc/self/cgroup and sys/fs/cgroup (versions 1 and 2,
/// https://docs.kernel.org/admin-guide/cgroup-v2.html) under `root`.
std::optional<int> cgroup_cpus(const std::filesystem::path& root);

/// What version 2's cpu.max allows: "QUOTA PERIOD" in microseconds, or "max PERIOD" for no limit.
std::optional<int> cpus_of_cpu_max(std::string_view text);

/// QUOTA / PERIOD of two numbers as text, rounded up, at least 1; nullopt for no limit (version 1
/// says -1) and for what is no number.
std::optional<int> cpus_of_quota(std::string_view quota, std::string_view period);

}  // namespace saccade
