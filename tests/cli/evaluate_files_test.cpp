// Tests of the files that `saccade evaluate` writes and replaces.
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

ProcessResult evaluate(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"evaluate", "-q", "--threads", "1"});
  ProcessOptions process;
  process.folder = folder.path();
  return run_saccade(arguments, process);
}

/// Writes the results of an earlier run.
void keep_older_results(const TempDir& folder) {
  folder.write("kept/a.json", "older");
  folder.write("kept/a.csv", "older");
}

/// Expects the files of keep_older_results() and no others.
void expect_older_results(const TempDir& folder) {
  EXPECT_EQ(read_file(folder.path() / "kept/a.json"), "older");
  EXPECT_EQ(read_file(folder.path() / "kept/a.csv"), "older");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "kept"), {}), 2);
}

const std::vector<std::string> kKept{"-o", "kept/a.json", "--predictions", "kept/a.csv"};

TEST(EvaluateFiles, FailedRunsKeepOlderResults) {
  const TempDir folder;
  keep_older_results(folder);
  folder.write("bad/tabby/broken.jpg", "no picture");
  std::vector<std::string> arguments{"bad"};
  arguments.insert(arguments.end(), kKept.begin(), kKept.end());
  EXPECT_EQ(evaluate(folder, arguments).exit_code, 1);
  expect_older_results(folder);
  folder.write("photos/tabby/cat.png", read_file(sample("cat.png")));
  arguments[0] = "photos";
  EXPECT_EQ(evaluate(folder, arguments).exit_code, 0);
  EXPECT_NE(read_file(folder.path() / "kept/a.json"), "older");
  EXPECT_EQ(lines(read_file(folder.path() / "kept/a.csv")).size(), 2u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "kept"), {}), 2);
}

// The first picture is a pipe, which is written after the signal.
TEST(EvaluateFiles, InterruptedRunsKeepOlderResults) {
  const TempDir folder;
  keep_older_results(folder);
  std::string list = "file\tlabel\npipe.png\ttabby\n";
  for (const std::string& name : write_cats(folder, 9)) list += name + "\ttabby\n";
  folder.write("list.tsv", list);
  const std::string script =
      "mkfifo pipe.png; program=$0; picture=$1; shift; "
      "\"$program\" evaluate -q --threads 1 --batch-size 1 --decode-threads 1 list.tsv \"$@\" & "
      "exec 3> pipe.png; "  // blocks until the program reads it
      "kill -TERM $!; cat \"$picture\" >&3; exec 3>&-; wait $!";
  std::vector<std::string> command{"/bin/sh", "-c", script, SACCADE_PROGRAM, sample("cat.png")};
  command.insert(command.end(), kKept.begin(), kKept.end());
  ProcessOptions process;
  process.folder = folder.path();
  const ProcessResult result = run_process(command, process);
  EXPECT_EQ(result.exit_code, 143);
  EXPECT_NE(result.err.find("of 10 pictures; nothing is reported"), std::string::npos)
      << result.err;
  expect_older_results(folder);
}

// Links and devices are written in place, because renaming would replace them.
TEST(EvaluateFiles, LinksAndDevicesAreKept) {
  const TempDir folder;
  folder.write("photos/tabby/cat.png", read_file(sample("cat.png")));
  folder.write("target.txt", "older");
  fs::create_symlink("target.txt", folder.path() / "link.txt");
  EXPECT_EQ(evaluate(folder, {"photos", "-o", "link.txt"}).exit_code, 0);
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link.txt"));
  EXPECT_NE(read_file(folder.path() / "target.txt").find("0 of 1"), std::string::npos);
  fs::create_symlink("/dev/stdout", folder.path() / "stdout");
  EXPECT_NE(evaluate(folder, {"photos", "-o", "stdout"}).out.find("0 of 1"), std::string::npos);
}

}  // namespace
}  // namespace saccade::test
