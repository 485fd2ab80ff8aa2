#include "app/system/shard.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/system/resource_limits.h"
#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;
using Variables = std::map<std::string, std::string>;

Environment environment(const Variables& variables) {
  return [&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  };
}

/// "I/N", or "whole".
std::string found(const Variables& variables,
                  const std::optional<std::string>& option = std::nullopt) {
  const auto shard = find_shard(option, environment(variables));
  return shard ? std::to_string(shard->index) + "/" + std::to_string(shard->of) : "whole";
}

TEST(FindShard, ByOption) {
  EXPECT_EQ(found({}), "whole");
  EXPECT_EQ(found({}, "1/3"), "1/3");
  EXPECT_EQ(found({}, "1000000/1000000"), "1000000/1000000");
  EXPECT_EQ(found({}, "1/1"), "whole");
  for (const char* bad : {"",     "/",     "3",      "0/3",       "4/3",
                          "-1/3", "+1/3",  "1/0",    "1/3/5",     "1/-3",
                          "a/3",  "1/b",   "1.0/3",  "1/1000001", "1/99999999999999999999",
                          " 1/3", "auto/", "auto/0", "auto",      "AUTO/3"}) {
    expect_error<UsageError>(
        [&] {
          found({{"JOB_COMPLETION_INDEX", "0"}}, bad);
        },
        {"--shard: wanted I/N"});
  }
}

TEST(FindShard, KubernetesIndexedJob) {
  EXPECT_EQ(found({{"JOB_COMPLETION_INDEX", "0"}}, "auto/8"), "1/8");
  EXPECT_EQ(found({{"JOB_COMPLETION_INDEX", "7"}}, "auto/8"), "8/8");
  EXPECT_EQ(found({{"JOB_COMPLETION_INDEX", "0"}}, "auto/1"), "whole");
  // Asked for, the index is not that of the pod.
  EXPECT_EQ(found({{"JOB_COMPLETION_INDEX", "7"}}, "2/3"), "2/3");
  EXPECT_EQ(found({{"JOB_COMPLETION_INDEX", "7"}}, "1/1"), "whole");
  const auto refused = [](const Variables& variables, const std::optional<std::string>& option,
                          const char* complaint) {
    expect_error<UsageError>([&] { found(variables, option); }, {complaint});
  };
  refused({{"JOB_COMPLETION_INDEX", "3"}}, std::nullopt, "--shard auto/N");
  refused({{"JOB_COMPLETION_INDEX", "8"}}, "auto/8", "JOB_COMPLETION_INDEX is 8");
  refused({{"JOB_COMPLETION_INDEX", "x"}}, "auto/8", "JOB_COMPLETION_INDEX holds no index");
  refused({}, "auto/8", "JOB_COMPLETION_INDEX holds no index");
}

TEST(FindShard, OpenMpi) {
  const Variables rank{{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "8"}};
  EXPECT_EQ(found(rank), "3/8");
  EXPECT_EQ(found(rank, "1/2"), "1/2");
  EXPECT_EQ(found({{"OMPI_COMM_WORLD_RANK", "0"}, {"OMPI_COMM_WORLD_SIZE", "1"}}), "whole");
}

// mpirun starts its daemons with srun: they are tasks of a step and have its variables.
TEST(FindShard, MpirunWithinSlurmCountsAsMpi) {
  EXPECT_EQ(found({{"OMPI_COMM_WORLD_RANK", "5"},
                   {"OMPI_COMM_WORLD_SIZE", "8"},
                   {"SLURM_PROCID", "1"},
                   {"SLURM_STEP_NUM_TASKS", "2"}}),
            "6/8");
}

TEST(FindShard, PmiOfMpich) {
  EXPECT_EQ(found({{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}}), "1/4");
  EXPECT_EQ(found({{"PMI_RANK", "3"}, {"PMI_SIZE", "4"}}), "4/4");
}

TEST(FindShard, SrunMakesTasksAndABatchScriptDoesNot) {
  // What Slurm 22.05 sets in either.
  const Variables script{{"SLURM_PROCID", "0"},
                         {"SLURM_NTASKS", "8"},
                         {"SLURM_NPROCS", "8"},
                         {"SLURM_TASKS_PER_NODE", "4(x2)"}};
  EXPECT_EQ(found(script), "whole");
  Variables task = script;
  task["SLURM_PROCID"] = "7";
  task["SLURM_STEP_NUM_TASKS"] = "8";
  EXPECT_EQ(found(task), "8/8");
  // srun --pty bash: one task.
  EXPECT_EQ(found({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}), "whole");
}

TEST(FindShard, VariablesThatMakeNoSenseAreNone) {
  EXPECT_EQ(found({{"OMPI_COMM_WORLD_RANK", "2"}}), "whole");
  EXPECT_EQ(found({{"PMI_RANK", "4"}, {"PMI_SIZE", "4"}}), "whole");
  EXPECT_EQ(found({{"PMI_RANK", "-1"}, {"PMI_SIZE", "4"}}), "whole");
  EXPECT_EQ(found({{"PMI_RANK", "one"}, {"PMI_SIZE", "4"}}), "whole");
}

// The first 8 bytes of SHA-256, big-endian, modulo N, by Python's hashlib. Every version must
// assign pictures to the same shards, so that it can resume the run of another.
TEST(BelongsTo, StaysWhatItIs) {
  constexpr std::array<int, 4> kOf{2, 3, 8, 1000};
  const std::vector<std::pair<std::string, std::array<int, 4>>> known{
      {"", {1, 2, 5, 653}},
      {"cat.png", {1, 3, 3, 971}},
      {"sub/rocket.jpg", {1, 2, 7, 983}},
      {"caf\xe9.png", {1, 3, 1, 617}}};
  for (const auto& [name, indices] : known) {
    for (size_t i = 0; i < kOf.size(); ++i) {
      for (int index = 1; index <= kOf[i]; ++index) {
        EXPECT_EQ(belongs_to(name, {index, kOf[i]}), index == indices[i])
            << name << " " << index << "/" << kOf[i];
      }
    }
  }
}

TEST(BelongsTo, PicturesAreSharedOutEvenly) {
  std::vector<int> counts(8);
  for (int i = 0; i < 10000; ++i) {
    for (int shard = 0; shard < 8; ++shard) {
      const std::string name = "photo" + std::to_string(i) + ".jpg";
      counts[static_cast<size_t>(shard)] += belongs_to(name, {shard + 1, 8});
    }
  }
  EXPECT_EQ(counts, (std::vector<int>{1252, 1265, 1289, 1220, 1258, 1211, 1260, 1245}));
}

TEST(ShardFolderName, TellsPartAndParts) { EXPECT_EQ(shard_folder({3, 8}), "shard-3-of-8"); }

TEST(LocalTasks, OfMpi) {
  EXPECT_EQ(local_tasks(environment({})), 1);
  const auto tasks = [](const Variables& variables) { return local_tasks(environment(variables)); };
  EXPECT_EQ(tasks({{"OMPI_COMM_WORLD_LOCAL_SIZE", "4"}, {"SLURM_STEP_TASKS_PER_NODE", "1"}}), 4);
  EXPECT_EQ(tasks({{"MPI_LOCALNRANKS", "3"}, {"SLURM_STEP_TASKS_PER_NODE", "1"}}), 3);
  EXPECT_EQ(tasks({{"OMPI_COMM_WORLD_LOCAL_SIZE", "0"}}), 1);
  EXPECT_EQ(tasks({{"OMPI_COMM_WORLD_LOCAL_SIZE", "many"}}), 1);
}

TEST(LocalTasks, OfSlurmAreThoseOfThisNode) {
  const auto on_node = [](const char* node, const char* text) {
    const Variables variables{{"SLURM_NODEID", node}, {"SLURM_STEP_TASKS_PER_NODE", text}};
    return local_tasks(environment(variables));
  };
  EXPECT_EQ(on_node("0", "2"), 2);
  EXPECT_EQ(on_node("0", "2(x3),1"), 2);
  EXPECT_EQ(on_node("2", "2(x3),1"), 2);
  EXPECT_EQ(on_node("3", "2(x3),1"), 1);
  EXPECT_EQ(on_node("4", "3,1(x2),12(x2)"), 12);
  for (const char* text : {"", "(x", "(x3)", "2(x", "2(xb),1", ",", "0"}) {
    EXPECT_GE(on_node("0", text), 1) << text;
    EXPECT_GE(on_node("9", text), 1) << text;
  }
  const Variables no_node{{"SLURM_STEP_TASKS_PER_NODE", "2(x3),1"}};
  EXPECT_EQ(local_tasks(environment(no_node)), 2);
  // A batch script that runs by itself has the machine for itself.
  const Variables script{{"SLURM_NODEID", "0"}, {"SLURM_TASKS_PER_NODE", "8"}};
  EXPECT_EQ(local_tasks(environment(script)), 1);
}

TEST(CpusOfTask, SharesTheMachineAndKeepsToTheMask) {
  EXPECT_EQ(cpus_of_task(64, 64, std::nullopt, 1), 64);
  EXPECT_EQ(cpus_of_task(64, 64, std::nullopt, 8), 8);  // not bound
  EXPECT_EQ(cpus_of_task(1, 64, std::nullopt, 2), 1);   // bound to a core
  EXPECT_EQ(cpus_of_task(32, 64, std::nullopt, 8), 8);  // to a socket, with three others
  EXPECT_EQ(cpus_of_task(4, 64, std::nullopt, 2), 4);   // srun --cpus-per-task=4
  EXPECT_EQ(cpus_of_task(2, 2, std::nullopt, 8), 1);    // more tasks than CPUs
}

TEST(CpusOfTask, SharesTheQuota) {
  EXPECT_EQ(cpus_of_task(64, 64, 16, 1), 16);
  EXPECT_EQ(cpus_of_task(64, 64, 16, 4), 4);
  EXPECT_EQ(cpus_of_task(2, 64, 16, 4), 2);
  EXPECT_EQ(cpus_of_task(64, 64, 3, 4), 1);
}

}  // namespace
}  // namespace saccade
