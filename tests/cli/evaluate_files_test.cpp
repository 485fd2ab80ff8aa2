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

const std::string kOlderJson = "{\n  \"model\": \"older\"\n}\n";
const std::string kOlderCsv =
    "file,class,class_label,predicted,predicted_label,score,rank,error\nolder,,,,,,,\n";

/// Writes the results of an earlier run.
void keep_older_results(const TempDir& folder) {
  folder.write("kept/a.json", kOlderJson);
  folder.write("kept/a.csv", kOlderCsv);
}

/// Expects the files of keep_older_results() and no others.
void expect_older_results(const TempDir& folder) {
  EXPECT_EQ(read_file(folder.path() / "kept/a.json"), kOlderJson);
  EXPECT_EQ(read_file(folder.path() / "kept/a.csv"), kOlderCsv);
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
  EXPECT_NE(read_file(folder.path() / "kept/a.json"), kOlderJson);
  EXPECT_EQ(lines(read_file(folder.path() / "kept/a.csv")).size(), 2u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "kept"), {}), 2);
}

TEST(EvaluateFiles, InterruptedRunsKeepOlderResults) {
  const TempDir folder;
  keep_older_results(folder);
  std::string list = "file\tlabel\n";
  for (const std::string& name : write_cats(folder, 400)) list += name + "\ttabby\n";
  folder.write("list.tsv", list);
  const std::string script =
      "\"$0\" evaluate -q --threads 1 --batch-size 1 --decode-threads 1 list.tsv \"$@\" & p=$!; "
      "catches_term() { [ $((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' /proc/$p/status) & 0x4000)) "
      "-ne 0 ]; }; "
      "until catches_term; do sleep 0.01; done; kill -TERM $p; wait $p";
  std::vector<std::string> command{"/bin/sh", "-c", script, SACCADE_PROGRAM};
  command.insert(command.end(), kKept.begin(), kKept.end());
  ProcessOptions process;
  process.folder = folder.path();
  const ProcessResult result = run_process(command, process);
  EXPECT_EQ(result.exit_code, 143);
  EXPECT_NE(result.err.find("of 400 pictures; nothing is reported"), std::string::npos)
      << result.err;
  expect_older_results(folder);
}

TEST(EvaluateFiles, DevicesAreWrittenAndLinksAreNot) {
  const TempDir folder;
  folder.write("photos/tabby/cat.png", read_file(sample("cat.png")));
  folder.write("target.txt", "older");
  fs::create_symlink("target.txt", folder.path() / "link.txt");
  const ProcessResult refused = evaluate(folder, {"photos", "-o", "link.txt"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("link.txt: is a link"), std::string::npos) << refused.err;
  EXPECT_EQ(evaluate(folder, {"photos", "-o", "link.txt", "--overwrite"}).exit_code, 0);
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(folder.path() / "link.txt")));
  EXPECT_EQ(read_file(folder.path() / "target.txt"), "older");
  EXPECT_EQ(evaluate(folder, {"photos", "-o", "/dev/null"}).exit_code, 0);
  fs::create_symlink("/dev/stdout", folder.path() / "stdout");
  EXPECT_NE(evaluate(folder, {"photos", "-o", "stdout"}).out.find(" of 1,"), std::string::npos);
}

// A plot that this program has drawn may be replaced, another PNG only on demand; and so on.
TEST(EvaluateFiles, OtherFilesAreReplacedOnlyOnDemand) {
  const TempDir folder;
  folder.write("photos/tabby/cat.png", read_file(sample("cat.png")));
  folder.write("mine.png", read_file(sample("coffee.png")));
  folder.write("mine.txt", "my notes\n");
  const std::vector<std::pair<std::string, std::string>> outputs{
      {"--plot", "png"}, {"-o", "txt"}, {"--predictions", "txt"}};
  for (const auto& [option, extension] : outputs) {
    const std::string ours = option + "." + extension;
    for (int twice = 0; twice < 2; ++twice) {
      EXPECT_EQ(evaluate(folder, {"photos", option, "./" + ours}).exit_code, 0) << option;
    }
    const std::string mine = "mine." + extension;
    const std::string before = read_file(folder.path() / mine);
    const ProcessResult refused = evaluate(folder, {"photos", option, mine});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.err.find(mine + ": exists, and does not look like a file of this command"),
              std::string::npos)
        << refused.err;
    EXPECT_EQ(read_file(folder.path() / mine), before);
  }
  EXPECT_EQ(evaluate(folder, {"photos", "--plot", "mine.png", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(evaluate(folder, {"photos", "--plot", "mine.png"}).exit_code, 0);
}

TEST(ClassifyFiles, ReportsAreReplacedAndOtherFilesAreNot) {
  const TempDir folder;
  folder.write("mine", "my notes\nare these\n");
  const auto classify = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"classify", "-q", sample("cat.png")});
    return run_in(folder, arguments);
  };
  for (const std::string format : {"text", "csv", "json", "jsonl"}) {
    for (const std::string& then : {format, std::string("text")}) {
      EXPECT_EQ(classify({"--format", then, "-o", "report"}).exit_code, 0) << format << then;
    }
    EXPECT_EQ(classify({"--format", format, "-o", "report"}).exit_code, 0) << format;
  }
  const ProcessResult refused = classify({"-o", "mine"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("give --overwrite"), std::string::npos) << refused.err;
  EXPECT_EQ(read_file(folder.path() / "mine"), "my notes\nare these\n");
  EXPECT_EQ(classify({"-o", "mine", "--overwrite"}).exit_code, 0);
  // A hard link is another name of a file that may be valuable.
  fs::create_hard_link(folder.path() / "report", folder.path() / "second");
  const std::string before = read_file(folder.path() / "second");
  EXPECT_EQ(classify({"-o", "report", "-k", "1"}).exit_code, 0);
  EXPECT_EQ(read_file(folder.path() / "second"), before);
}

}  // namespace
}  // namespace saccade::test
