#include "app/system/resource_limits.h"

#include <fmt/format.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "app/system/parse_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// Adds `mount` and the folders of `group` (a path like "/a/b") and its ancestors in it.
void add_groups(const fs::path& mount, std::string_view group, std::vector<fs::path>& folders) {
  folders.push_back(mount);
  for (fs::path path = fs::path(group).relative_path(); !path.empty(); path = path.parent_path()) {
    folders.push_back(mount / path);
  }
}

/// The folders that may hold limits of `controller` ("cpu", "memory"): those of this process's
/// groups and their ancestors, of versions 2 and 1. Some may not exist. In a container, the group's
/// path may be the host's; the mount point is then the container's own group, so it is always
/// included. Lines of proc/self/cgroup are "ID:CONTROLLERS:PATH"; version 2 has no controllers.
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

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The number in `file`; nullopt if there is none ("max" means no limit).
std::optional<uint64_t> read_number(const fs::path& file) {
  std::ifstream stream(file);
  uint64_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;
}

std::string_view without_newline(std::string_view text) { return text.substr(0, text.find('\n')); }

template <typename Number>
std::optional<Number> smaller(std::optional<Number> a, std::optional<Number> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<int> quota_in(const fs::path& group) {
  return smaller(cpus_of_cpu_max(read_text(group / "cpu.max")),
                 cpus_of_quota(without_newline(read_text(group / "cpu.cfs_quota_us")),
                               without_newline(read_text(group / "cpu.cfs_period_us"))));
}

int affinity_cpus() {
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    cpu_set_t* const mask = CPU_ALLOC(static_cast<size_t>(cpus));
    if (!mask) break;
    const size_t size = CPU_ALLOC_SIZE(static_cast<size_t>(cpus));
    const bool fits = sched_getaffinity(0, size, mask) == 0;
    const int count = fits ? CPU_COUNT_S(size, mask) : 0;
    CPU_FREE(mask);
    if (fits) return count;
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

uint64_t page_bytes() { return static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)); }

}  // namespace

std::optional<int> cpus_of_quota(std::string_view quota, std::string_view period) {
  int64_t time = 0;
  int64_t per = 0;
  const auto whole = [](std::string_view text, int64_t& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  };
  if (!whole(quota, time) || !whole(period, per) || time <= 0 || per <= 0) return std::nullopt;
  const int64_t cpus = time / per + (time % per != 0);
  return static_cast<int>(std::min<int64_t>(cpus, std::numeric_limits<int>::max()));
}

std::optional<int> cpus_of_cpu_max(std::string_view text) {
  text = without_newline(text);
  const size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return cpus_of_quota(text.substr(0, space), text.substr(space + 1));
}

std::optional<int> cgroup_cpus(const fs::path& root) {
  std::optional<int> least;
  for (const fs::path& group : cgroup_folders(root, "cpu")) least = smaller(least, quota_in(group));
  return least;
}

int cpus_of_task(int mask, int online, std::optional<int> quota, int tasks) {
  int cpus = std::min(mask, online / tasks);
  if (quota) cpus = std::min(cpus, *quota / tasks);
  return std::max(1, cpus);
}

std::optional<int> cpus_of_environment(const Environment& get) {
  const auto count = [&](const char* name) -> std::optional<int> {
    constexpr int64_t kMost = 1'000'000;
    const char* text = get(name);
    const auto number = text ? parse_count(split(text, ',').front(), kMost) : std::nullopt;
    return number && *number > 0 ? std::optional(static_cast<int>(*number)) : std::nullopt;
  };
  std::optional<int> slurm = count("SLURM_CPUS_PER_TASK");
  if (const auto node = count("SLURM_CPUS_ON_NODE"); node && !slurm) {
    slurm = std::max(1, *node / local_tasks(get));
  }
  return smaller(count("OMP_NUM_THREADS"), slurm);
}

int usable_cpus() {
  const int cpus = cpus_of_task(affinity_cpus(), static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)),
                                cgroup_cpus("/"), local_tasks(::getenv));
  return std::min(cpus, cpus_of_environment(::getenv).value_or(cpus));
}

std::optional<uint64_t> cgroup_memory(const fs::path& root) {
  std::optional<uint64_t> least;
  for (const fs::path& group : cgroup_folders(root, "memory")) {
    for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
      least = smaller(least, read_number(group / name));
    }
  }
  return least;
}

uint64_t usable_memory() {
  const uint64_t all = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * page_bytes();
  return std::min(all, cgroup_memory("/").value_or(all));
}

uint64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  uint64_t pages = 0;
  uint64_t resident = 0;
  statm >> pages >> resident;
  return resident * page_bytes();
}

}  // namespace saccade
