#include "app/system/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "app/system/parse_text.h"
#include "weights/base/digest.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

constexpr int64_t kMost = 1'000'000;
constexpr const char* kJobIndex = "JOB_COMPLETION_INDEX";

struct TaskVariables {
  const char* rank;
  const char* size;
};

// srun sets the step's variables for each task. A batch script that runs on its own has only the
// job's variables and is not a task.
// https://docs.open-mpi.org/en/main/tuning-apps/environment-var.html, PMI of MPICH's Hydra,
// https://slurm.schedmd.com/srun.html#SECTION_OUTPUT-ENVIRONMENT-VARIABLES
constexpr std::array<TaskVariables, 3> kTaskVariables{
    {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
     {"PMI_RANK", "PMI_SIZE"},
     {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"}}};

std::optional<int64_t> number(const Environment& get, const char* name) {
  const char* text = get(name);
  return text ? parse_count(text, kMost) : std::nullopt;
}

/// The shard for the index of an indexed job, which counts from 0.
int64_t part_of_job(const Environment& get, std::string_view option, int64_t of) {
  const auto index = number(get, kJobIndex);
  if (!index) {
    throw UsageError(
        fmt::format("--shard {}: {} holds no index, so this is not an indexed job of Kubernetes; "
                    "give I/N",
                    option, kJobIndex));
  }
  if (*index < of) return *index + 1;
  throw UsageError(
      fmt::format("--shard {}: {} is {}; give as many parts as the job has completions", option,
                  kJobIndex, *index));
}

Shard shard_of_option(const std::string& option, const Environment& get) {
  const std::vector<std::string_view> parts = split(option, '/');
  const auto of = parts.size() == 2 ? parse_count(parts[1], kMost) : std::nullopt;
  std::optional<int64_t> index;
  if (of && *of > 0 && parts[0] == "auto") {
    index = part_of_job(get, option, *of);
  } else if (of) {
    index = parse_count(parts[0], kMost);
  }
  if (!index || *of < 1 || *index < 1 || *index > *of) {
    throw UsageError(
        fmt::format("--shard: wanted I/N with I from 1 to N, or auto/N, found {}", quote(option)));
  }
  return {static_cast<int>(*index), static_cast<int>(*of)};
}

/// The tasks of srun's step on this node. Slurm's "2(x3),1" means two on each of three nodes, then
/// one on a fourth.
std::optional<int64_t> slurm_tasks(const Environment& get) {
  const char* text = get("SLURM_STEP_TASKS_PER_NODE");
  if (!text) return std::nullopt;
  int64_t nodes_before = number(get, "SLURM_NODEID").value_or(0);
  for (std::string_view group : split(text, ',')) {
    int64_t nodes = 1;
    const size_t times = group.find("(x");
    if (times != std::string_view::npos && group.ends_with(')')) {
      nodes = parse_count(group.substr(times + 2, group.size() - times - 3), kMost).value_or(1);
      group = group.substr(0, times);
    }
    if (nodes_before < nodes) return parse_count(group, kMost);
    nodes_before -= nodes;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Shard> find_shard(const std::optional<std::string>& option, const Environment& get) {
  std::optional<Shard> shard;
  if (option) {
    shard = shard_of_option(*option, get);
  } else if (get(kJobIndex)) {
    throw UsageError(fmt::format(
        "{} is set, but the number of indices is unknown; give --shard auto/N, or 1/1 for all",
        kJobIndex));
  } else {
    for (const auto& [rank, size] : kTaskVariables) {
      const auto index = number(get, rank);
      const auto of = number(get, size);
      if (!index || !of || *index >= *of) continue;
      shard = {static_cast<int>(*index) + 1, static_cast<int>(*of)};
      break;
    }
  }
  if (shard && shard->of == 1) return std::nullopt;
  return shard;
}

bool belongs_to(std::string_view name, const Shard& shard) {
  const std::vector<uint8_t> digest = sha256(name);
  uint64_t hash = 0;
  for (size_t i = 0; i < 8; ++i) hash = hash << 8 | digest[i];
  return hash % static_cast<uint64_t>(shard.of) == static_cast<uint64_t>(shard.index - 1);
}

std::string shard_folder(const Shard& shard) {
  return fmt::format("shard-{}-of-{}", shard.index, shard.of);
}

int local_tasks(const Environment& get) {
  std::optional<int64_t> tasks;
  for (const char* name : {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"}) {
    if (!tasks) tasks = number(get, name);
  }
  if (!tasks) tasks = slurm_tasks(get);
  return static_cast<int>(std::max<int64_t>(1, tasks.value_or(1)));
}

}  // namespace saccade
