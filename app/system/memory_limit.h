// How much memory this process may use, and does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace saccade {

/// The machine's memory in bytes, or less where a control group allows less.
uint64_t usable_memory();

/// The smallest memory limit in bytes of this process's control groups and their ancestors; nullopt
/// where none is set. Reads proc/self/cgroup and sys/fs/cgroup (memory.max of version 2,
/// memory.limit_in_bytes of version 1) under `root`.
std::optional<uint64_t> cgroup_memory(const std::filesystem::path& root);

/// What this process holds in memory now, in bytes, files that it has mapped included.
uint64_t resident_memory();

}  // namespace saccade
