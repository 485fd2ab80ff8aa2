#include "app/system/resource_limits.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <map>
#include <string>

#include "tests/support/temp_dir.h"

namespace saccade {
namespace {

using test::TempDir;

TEST(CpuMax, QuotaOverPeriodIsRoundedUp) {
  EXPECT_EQ(cpus_of_cpu_max("200000 100000\n"), 2);
  EXPECT_EQ(cpus_of_cpu_max("150000 100000\n"), 2);
  EXPECT_EQ(cpus_of_cpu_max("10000 100000\n"), 1);
}

TEST(CpuMax, NoLimitAndNonsenseAreNoLimit) {
  for (const char* text : {"max 100000\n", "", "200000", "0 100000\n", "-5 100000\n", "1 0\n",
                           "two 100000\n", "200000 100000x\n"}) {
    EXPECT_EQ(cpus_of_cpu_max(text), std::nullopt) << text;
  }
  EXPECT_EQ(cpus_of_quota("-1", "100000"), std::nullopt);
}

TEST(CgroupCpus, Version2TakesTheSmallestOfTheGroupAndItsAncestors) {
  const TempDir root;
  root.write("proc/self/cgroup", "0::/a/b\n");
  root.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(cgroup_cpus(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  EXPECT_EQ(cgroup_cpus(root.path()), 3);
  root.write("sys/fs/cgroup/a/b/cpu.max", "400000 100000\n");
  EXPECT_EQ(cgroup_cpus(root.path()), 3);
  root.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(cgroup_cpus(root.path()), 1);
}

TEST(CgroupCpus, Version1InAContainerThatNamesTheHostsGroup) {
  const TempDir root;
  root.write("proc/self/cgroup",
             "12:cpuset:/docker/1\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpus(root.path()), 3);
  root.write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(cgroup_cpus(root.path()), std::nullopt);
}

TEST(CgroupCpus, OtherControllersDoNotCount) {
  const TempDir root;
  root.write("proc/self/cgroup", "3:cpuset:/x\nbroken\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpus(root.path()), std::nullopt);
}

TEST(CgroupCpus, NoGroupsNoLimit) {
  const TempDir root;
  EXPECT_EQ(cgroup_cpus(root.path()), std::nullopt);
}

TEST(CgroupCpus, LessThanOneCpuIsOne) {
  const TempDir two;
  two.write("proc/self/cgroup", "0::/pod\n");
  two.write("sys/fs/cgroup/pod/cpu.max", "25000 100000\n");
  EXPECT_EQ(cgroup_cpus(two.path()), 1);
  const TempDir one;
  one.write("proc/self/cgroup", "4:cpu,cpuacct:/pod\n");
  one.write("sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "1000\n");
  one.write("sys/fs/cgroup/cpu/pod/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cgroup_cpus(one.path()), 1);
  EXPECT_EQ(cpus_of_task(8, 8, 1, 4), 1);
}

std::optional<int> cpus_with(const std::map<std::string, std::string>& variables) {
  return cpus_of_environment([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(CpusOfEnvironment, TheSmallestCounts) {
  EXPECT_EQ(cpus_with({}), std::nullopt);
  EXPECT_EQ(cpus_with({{"OMP_NUM_THREADS", "3"}}), 3);
  EXPECT_EQ(cpus_with({{"OMP_NUM_THREADS", "4,2"}}), 4);
  EXPECT_EQ(cpus_with({{"SLURM_CPUS_PER_TASK", "2"}, {"SLURM_CPUS_ON_NODE", "8"}}), 2);
  EXPECT_EQ(cpus_with({{"SLURM_CPUS_ON_NODE", "8"}}), 8);
  EXPECT_EQ(cpus_with({{"SLURM_CPUS_ON_NODE", "8"}, {"SLURM_STEP_TASKS_PER_NODE", "4"}}), 2);
  EXPECT_EQ(cpus_with({{"SLURM_CPUS_ON_NODE", "2"}, {"SLURM_STEP_TASKS_PER_NODE", "4"}}), 1);
  EXPECT_EQ(cpus_with({{"OMP_NUM_THREADS", "1"}, {"SLURM_CPUS_PER_TASK", "2"}}), 1);
}

TEST(CpusOfEnvironment, NonsenseIsNotSet) {
  for (const char* text : {"", "0", "-1", "many", "2x", " 2"}) {
    EXPECT_EQ(cpus_with({{"OMP_NUM_THREADS", text}}), std::nullopt) << text;
  }
}

TEST(UsableCpus, FollowsTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(usable_cpus(), 1);
  EXPECT_LE(usable_cpus(), CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cpus(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

}  // namespace
}  // namespace saccade
