#include "app/system/cpu_count.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>

#include "app/system/cgroup.h"
#include "app/system/shard.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string_view without_newline(std::string_view text) { return text.substr(0, text.find('\n')); }

std::optional<int> smaller(std::optional<int> a, std::optional<int> b) {
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

int usable_cpus() {
  return cpus_of_task(affinity_cpus(), static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)),
                      cgroup_cpus("/"), local_tasks(::getenv));
}

}  // namespace saccade
