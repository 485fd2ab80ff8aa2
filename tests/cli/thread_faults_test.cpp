// The system refuses to start threads: every command does its work with those that it has, or ends
// with one line, and `batch` can be resumed.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

ProcessResult run_with_threads(int threads, const std::vector<std::string>& arguments) {
  ProcessOptions options;
  options.variables = {{"LD_PRELOAD", SACCADE_THREAD_FAULTS},
                       {"SACCADE_TEST_THREADS", std::to_string(threads)},
                       {"ASAN_OPTIONS", "verify_asan_link_order=0"}};
  return run_saccade(arguments, options);
}

// Threads are started by the plan of threads, then by the parallel loops and oneTBB.
constexpr int kMostThreads = 8;

TEST(ThreadFaults, CommandsDoWithoutThreads) {
  const TempDir folder;
  const std::string cat = sample("cat.png"), rocket = sample("rocket.jpg");
  const std::vector<std::vector<std::string>> commands{
      {"classify", "-q", cat},
      {"classify", "-q", "--threads", "3", cat, rocket},
      {"attend", "-q", cat, "-o", (folder.path() / "maps").string()},
      {"evaluate", "-q", "--threads", "3",
       folder.write("list.tsv", "file\tlabel\n" + cat + "\ttabby\n" + rocket + "\tlifeboat\n")
           .string()},
  };
  for (const auto& command : commands) {
    const std::string answer = run_saccade(command).out;
    EXPECT_NE(answer, "") << command.front();
    for (int threads = 0; threads <= kMostThreads; ++threads) {
      const ProcessResult result = run_with_threads(threads, command);
      EXPECT_EQ(result.exit_code, 0) << command.front() << " " << threads << ": " << result.err;
      EXPECT_EQ(result.out, answer) << command.front() << " " << threads;
    }
  }
}

TEST(ThreadFaults, BatchEndsAndIsResumed) {
  for (int threads = 0; threads <= kMostThreads; ++threads) {
    SCOPED_TRACE(threads);
    const TempDir folder;
    std::vector<std::string> command{"batch",     "-q", source_path("tests/samples").string(),
                                     "--report",  "-o", (folder.path() / "out").string(),
                                     "--threads", "3",  "--decode-threads",
                                     "4"};
    const ProcessResult result = run_with_threads(threads, command);
    if (result.exit_code != 0) {
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
      EXPECT_TRUE(result.err.starts_with("saccade: error: ")) << result.err;
      command.push_back("--resume");
      EXPECT_EQ(run_saccade(command).exit_code, 0);
    }
    EXPECT_EQ(lines(read_file(folder.path() / "out/results.jsonl")).size(), 3u);
    EXPECT_TRUE(fs::exists(folder.path() / "out/report/index.html"));
  }
}

TEST(ThreadFaults, BenchSaysWhichStreamsItCannotStart) {
  for (int threads = 0; threads <= kMostThreads; ++threads) {
    SCOPED_TRACE(threads);
    const ProcessResult result = run_with_threads(
        threads, {"bench", "-m", source_path("weights/builtin-model").string(), "--seconds", "0.05",
                  "-b", "1", "--streams", "3", "--threads", "3"});
    if (result.exit_code == 0) continue;
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("--streams"), std::string::npos) << result.err;
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  }
}

}  // namespace
}  // namespace saccade::test
