// Tests of shards as MPI ranks, with a real mpirun.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/cli/shards.h"

namespace saccade::test {
namespace {

/// Runs two ranks in `folder`, even if there are fewer processors.
ProcessResult on_two_ranks(const TempDir& folder, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{"/usr/bin/env",    "mpirun",    "-n",  "2",
                                   "--oversubscribe", "--bind-to", "none"};
  if (::geteuid() == 0) command.push_back("--allow-run-as-root");
  command.push_back(SACCADE_PROGRAM);
  command.insert(command.end(), arguments.begin(), arguments.end());
  ProcessOptions process;
  process.folder = folder.path();
  return run_process(command, process);
}

bool mpirun_is_there() {
  return run_process({"/bin/sh", "-c", "command -v mpirun"}).exit_code == 0;
}

// The rank with the broken picture finishes while the other one still works; if it exited with a
// code other than 0, mpirun would kill both.
TEST(Mpi, TwoRanksMergedAreASingleRun) {
  if (!mpirun_is_there()) GTEST_SKIP() << "no mpirun; install openmpi-bin";
  const TempDir folder;
  fill_photos(folder);
  std::vector<std::string> arguments = kExactly;
  arguments.insert(arguments.end(), {"photos", "-o"});
  arguments.push_back("single");
  ASSERT_EQ(run_in(folder, arguments).exit_code, 3);
  arguments.back() = "ranks";
  const ProcessResult ranks = on_two_ranks(folder, arguments);
  ASSERT_EQ(ranks.exit_code, 0) << ranks.err;
  EXPECT_NE(ranks.err.find("broken.jpg: not a picture"), std::string::npos) << ranks.err;
  for (const char* shard : {"shard-1-of-2", "shard-2-of-2"}) {
    const auto record = run_json(folder, std::string("ranks/") + shard);
    EXPECT_EQ(record["outcome"], "finished");
    EXPECT_LE(record["host"]["cpus"], std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN) / 2));
  }
  const ProcessResult merged = run_in(folder, {"merge", "ranks", "-o", "whole"});
  EXPECT_EQ(merged.exit_code, 3) << merged.err;
  EXPECT_EQ(read_file(folder.path() / "whole/results.jsonl"),
            read_file(folder.path() / "single/results.jsonl"));
}

TEST(Mpi, AUsageErrorEndsAllRanks) {
  if (!mpirun_is_there()) GTEST_SKIP() << "no mpirun; install openmpi-bin";
  const TempDir folder;
  fill_photos(folder);
  ASSERT_EQ(on_two_ranks(folder, {"batch", "-q", "photos", "-o", "ranks"}).exit_code, 0);
  const ProcessResult again = on_two_ranks(folder, {"batch", "-q", "photos", "-o", "ranks"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_NE(again.err.find("is not empty; --resume"), std::string::npos) << again.err;
}

}  // namespace
}  // namespace saccade::test
