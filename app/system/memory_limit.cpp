#include "app/system/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "app/system/cgroup.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

uint64_t page_bytes() { return static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)); }

/// The number that a file holds; nullopt where there is none ("max" stands for no limit).
std::optional<uint64_t> number_in(const fs::path& file) {
  std::ifstream stream(file);
  uint64_t number = 0;
  return stream >> number ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<uint64_t> cgroup_memory(const fs::path& root) {
  std::optional<uint64_t> least;
  for (const fs::path& group : cgroup_folders(root, "memory")) {
    for (const char* name : {"memory.max", "memory.limit_in_bytes"}) {
      const auto limit = number_in(group / name);
      if (limit) least = std::min(least.value_or(*limit), *limit);
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
