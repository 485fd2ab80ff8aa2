// Where the limits of this process's control groups are written.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace saccade {

/// The folders that may hold limits of `controller` ("cpu", "memory"): those of this process's
/// groups and their ancestors, of version 2 (https://docs.kernel.org/admin-guide/cgroup-v2.html)
/// and 1. Some may not exist. In a container the group's path may be the host's; the mount point is
/// then the container's own group, and it is always among them. Reads proc/self/cgroup under
/// `root`.
std::vector<std::filesystem::path> cgroup_folders(const std::filesystem::path& root,
                                                  std::string_view controller);

}  // namespace saccade
