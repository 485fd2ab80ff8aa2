// Tests of `saccade batch --watch`.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

// The script polls the program's output, so the test does not depend on timing.
TEST(BatchWatch, ClassifiesNewPicturesUntilStopped) {
  const TempDir folder;
  folder.write("photos/first.png", read_file(sample("cat.png")));
  const std::string script =
      "lines() { while [ \"$(wc -l < out/results.jsonl)\" -lt $1 ]; do sleep 0.05; done; }; "
      "\"$0\" batch -q photos -o out --watch & p=$!; "
      "until [ -e out/results.jsonl ]; do sleep 0.05; done; "
      "lines 1; mkdir photos/sub; cp \"$1\" photos/sub/second.png; "
      "lines 2; echo no picture > photos/third.jpg; echo no picture > photos/notes.txt; "
      "lines 3; kill -INT $p; wait $p";
  const ProcessResult result = run_script(folder, script, sample("coffee.png"));
  EXPECT_EQ(result.exit_code, 130) << result.err;
  EXPECT_NE(result.err.find("stopped after 3 of 3 pictures"), std::string::npos) << result.err;
  std::vector<std::string> files;
  for (const std::string& line : lines(read_file(folder.path() / "out/results.jsonl"))) {
    files.push_back(Json::parse(line)["file"]);
  }
  EXPECT_EQ(files, (std::vector<std::string>{"first.png", "sub/second.png", "third.jpg"}));
  const Json run = Json::parse(read_file(folder.path() / "out/run.json"));
  EXPECT_EQ(run["outcome"], "interrupted");
  EXPECT_EQ(run["counts"]["pictures"], 3);
  EXPECT_EQ(run["counts"]["failed"], 1);
}

TEST(BatchWatch, AReturningPictureKeepsItsRecord) {
  const TempDir folder;
  folder.write("photos/a.png", read_file(sample("cat.png")));
  ASSERT_EQ(run_saccade({"batch", "-q", (folder.path() / "photos").string(), "-o",
                         (folder.path() / "out").string()})
                .exit_code,
            0);
  const std::string script =
      "mv photos/a.png a.png; "
      "\"$0\" batch -q photos -o out --watch --resume & p=$!; "
      "until grep -q running out/run.json; do sleep 0.05; done; "
      "mv a.png photos/a.png; cp photos/a.png photos/b.png; "
      "while [ \"$(wc -l < out/results.jsonl)\" -lt 2 ]; do sleep 0.05; done; "
      "kill -INT $p; wait $p; cat out/results.jsonl";
  const ProcessResult result = run_script(folder, script);
  const auto written = lines(result.out);
  ASSERT_EQ(written.size(), 2u) << result.err;
  EXPECT_EQ(Json::parse(written[0])["file"], "a.png");
  EXPECT_EQ(Json::parse(written[1])["file"], "b.png");
}

TEST(BatchWatch, AnEmptyFolderIsNotAnError) {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "photos");
  const std::string script =
      "\"$0\" batch -q photos -o out --watch & p=$!; "
      "until [ -e out/run.json ]; do sleep 0.05; done; kill -TERM $p; wait $p";
  const ProcessResult result = run_script(folder, script);
  EXPECT_EQ(result.exit_code, 143) << result.err;
  const ProcessResult none = run_saccade(
      {"batch", "-q", sample("cat.png"), "-o", (folder.path() / "other").string(), "--watch"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_NE(none.err.find("--watch needs a folder"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace saccade::test
