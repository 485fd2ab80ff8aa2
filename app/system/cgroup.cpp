#include "app/system/cgroup.h"

#include <fmt/format.h>

#include <fstream>
#include <string>

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// `mount` and the folders of `group` (a path like "/a/b") and its ancestors in it.
void add_groups(const fs::path& mount, std::string_view group, std::vector<fs::path>& folders) {
  folders.push_back(mount);
  for (fs::path path = fs::path(group).relative_path(); !path.empty(); path = path.parent_path()) {
    folders.push_back(mount / path);
  }
}

}  // namespace

// Lines of proc/self/cgroup are "ID:CONTROLLERS:PATH"; version 2's has no controllers.
std::vector<fs::path> cgroup_folders(const fs::path& root, std::string_view controller) {
  const fs::path mounts = root / "sys/fs/cgroup";
  const std::string wanted = fmt::format(",{},", controller);
  std::vector<fs::path> folders;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      add_groups(mounts, group, folders);
      add_groups(mounts / "unified", group, folders);
    } else if ((',' + controllers + ',').find(wanted) != std::string::npos) {
      add_groups(mounts / controller, group, folders);
      add_groups(mounts / controllers, group, folders);
    }
  }
  return folders;
}

}  // namespace saccade
