// Tests of `saccade batch`: results, resuming, interruption and errors.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

/// Writes the three samples in sub-folders, two files that are not pictures, and a broken picture.
void fill(const TempDir& folder) {
  folder.write("photos/img10.png", read_file(sample("cat.png")));
  folder.write("photos/img2.png", read_file(sample("coffee.png")));
  folder.write("photos/sub/rocket", read_file(sample("rocket.jpg")));
  folder.write("photos/sub/broken.jpg", "no picture");
  folder.write("photos/notes.txt", "no picture");
  folder.write("photos/sub/empty", "");
}

/// Runs a quiet batch in `folder` on one thread.
ProcessResult batch(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"batch", "-q", "--threads", "1"});
  return run_in(folder, arguments);
}

std::vector<std::string> files(const std::vector<Json>& records) {
  std::vector<std::string> files;
  for (const Json& record : records) files.push_back(record["file"]);
  return files;
}

TEST(Batch, WritesWhatClassifyWritesUnderRelativeNames) {
  const TempDir folder;
  fill(folder);
  const ProcessResult result = batch(folder, {"photos", "-o", "out", "--batch-size", "1"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_EQ(result.out, "");
  ProcessOptions process;
  process.folder = folder.path();
  const ProcessResult classified =
      run_saccade({"classify", "-q", "--threads", "1", "--format", "jsonl", "photos"}, process);
  EXPECT_EQ(classified.exit_code, 3);
  EXPECT_EQ(result.err, classified.err);
  const auto expected = lines(classified.out);
  const auto written = lines(read_file(folder.path() / "out/results.jsonl"));
  ASSERT_EQ(written.size(), 4u);
  ASSERT_EQ(expected.size(), 4u);
  for (size_t i = 0; i < written.size(); ++i) {
    Json record = Json::parse(expected[i]);
    record["file"] = record["file"].get<std::string>().substr(std::string("photos/").size());
    EXPECT_EQ(written[i], record.dump());
  }
  EXPECT_EQ(files(records(folder.path() / "out/results.jsonl")),
            (std::vector<std::string>{"img2.png", "img10.png", "sub/broken.jpg", "sub/rocket"}));
}

TEST(Batch, BatchesChangeScoresByRoundingAtMost) {
  const TempDir folder;
  fill(folder);
  ASSERT_EQ(batch(folder, {"photos", "-o", "one", "--batch-size", "1"}).exit_code, 3);
  ASSERT_EQ(batch(folder, {"photos", "-o", "two", "--batch-size", "2"}).exit_code, 3);
  ASSERT_EQ(batch(folder, {"photos", "-o", "all", "--decode-threads", "3"}).exit_code, 3);
  const auto one = records(folder.path() / "one/results.jsonl");
  for (const char* other : {"two/results.jsonl", "all/results.jsonl"}) {
    const auto many = records(folder.path() / other);
    ASSERT_EQ(files(many), files(one));
    for (size_t i = 0; i < one.size(); ++i) {
      const Json& expected = one[i]["predictions"];
      ASSERT_EQ(many[i]["predictions"].size(), expected.size());
      for (size_t c = 0; c < expected.size(); ++c) {
        EXPECT_EQ(many[i]["predictions"][c]["index"], expected[c]["index"]);
        EXPECT_NEAR(many[i]["predictions"][c]["score"].get<double>(),
                    expected[c]["score"].get<double>(), 1e-5);
      }
    }
  }
}

TEST(Batch, RunJsonRecordsSettingsAndFailures) {
  const TempDir folder;
  fill(folder);
  ASSERT_EQ(batch(folder, {"photos", "-o", "out", "-k", "2"}).exit_code, 3);
  const Json run = Json::parse(read_file(folder.path() / "out/run.json"));
  EXPECT_EQ(run["outcome"], "finished");
  EXPECT_EQ(run["command"][0], "batch");
  EXPECT_EQ(run["settings"]["model"], "built-in");
  EXPECT_EQ(run["settings"]["topk"], 2);
  EXPECT_TRUE(run["settings"]["checkpoint"]["preprocessing"].contains("resize"))
      << run["settings"]["checkpoint"]["preprocessing"];
  EXPECT_EQ(run["counts"], Json::parse(R"({"pictures":4,"classified":3,"failed":1,"skipped_files":2,
                            "unreadable_folders":0,"hidden":0})"));
  ASSERT_EQ(run["failures"].size(), 1u);
  EXPECT_EQ(run["failures"][0]["file"], "sub/broken.jpg");
  EXPECT_NE(run["failures"][0]["error"].get<std::string>().find("not a picture"),
            std::string::npos);
}

TEST(Batch, SeveralRootsPrefixTheNames) {
  const TempDir folder;
  folder.write("a/x.png", read_file(sample("cat.png")));
  folder.write("b/x.png", read_file(sample("cat.png")));
  ASSERT_EQ(batch(folder, {"a/", "b", "-o", "out"}).exit_code, 0);
  EXPECT_EQ(files(records(folder.path() / "out/results.jsonl")),
            (std::vector<std::string>{"a/x.png", "b/x.png"}));
  const ProcessResult twice = batch(folder, {"a", "a/x.png", "-o", "twice"});
  EXPECT_EQ(twice.exit_code, 2);
  EXPECT_NE(twice.err.find("a/x.png: is given twice"), std::string::npos) << twice.err;
  EXPECT_FALSE(fs::exists(folder.path() / "twice"));
}

TEST(Batch, GlobsAndDepthChooseFiles) {
  const TempDir folder;
  fill(folder);
  ASSERT_EQ(batch(folder, {"photos", "-o", "flat", "--no-recursive"}).exit_code, 0);
  EXPECT_EQ(files(records(folder.path() / "flat/results.jsonl")),
            (std::vector<std::string>{"img2.png", "img10.png"}));
  ASSERT_EQ(batch(folder, {"photos", "-o", "some", "--include", "img*,sub/*", "--exclude", "*.jpg"})
                .exit_code,
            0);
  EXPECT_EQ(files(records(folder.path() / "some/results.jsonl")),
            (std::vector<std::string>{"img2.png", "img10.png", "sub/rocket"}));
}

TEST(Batch, ResultsAreNotTakenAsPictures) {
  const TempDir folder;
  folder.write("photos/a.png", read_file(sample("cat.png")));
  folder.write("photos/out/b.png", read_file(sample("cat.png")));
  const ProcessResult full = batch(folder, {"photos", "-o", "photos/out"});
  EXPECT_EQ(full.exit_code, 2);
  EXPECT_NE(full.err.find("is not empty"), std::string::npos) << full.err;
  ASSERT_EQ(batch(folder, {"photos", "-o", "photos/out", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(files(records(folder.path() / "photos/out/results.jsonl")),
            std::vector<std::string>{"a.png"});
  EXPECT_TRUE(fs::exists(folder.path() / "photos/out/b.png"));
  for (const char* inside : {"photos", "photos/out"}) {
    const ProcessResult result = batch(folder, {inside, "-o", "photos", "--overwrite"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("is inside the folder for the results"), std::string::npos)
        << result.err;
  }
}

TEST(Batch, OverwriteDoesNotFollowLinks) {
  const TempDir folder;
  folder.write("photos/a.png", read_file(sample("cat.png")));
  folder.write("precious", "precious");
  fs::create_directory(folder.path() / "out");
  fs::create_symlink("../precious", folder.path() / "out/results.jsonl");
  fs::create_symlink("../precious", folder.path() / "out/run.json");
  ASSERT_EQ(batch(folder, {"photos", "-o", "out", "--overwrite"}).exit_code, 0);
  EXPECT_EQ(read_file(folder.path() / "precious"), "precious");
  EXPECT_EQ(records(folder.path() / "out/results.jsonl").size(), 1u);
}

TEST(Batch, NamesThatAreNotUtf8AreKeptAsBytes) {
  const TempDir folder;
  folder.write("photos/caf\xe9.png", read_file(sample("cat.png")));
  ASSERT_EQ(batch(folder, {"photos", "-o", "out"}).exit_code, 0);
  const auto written = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0]["file"], "caf\xef\xbf\xbd.png");
  EXPECT_EQ(written[0]["file_bytes"], "Y2Fm6S5wbmc=");
}

TEST(Batch, StrictStopsAtTheFirstFailure) {
  const TempDir folder;
  fill(folder);
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--strict"}).exit_code, 1);
  const auto written = records(folder.path() / "out/results.jsonl");
  EXPECT_EQ(files(written), (std::vector<std::string>{"img2.png", "img10.png", "sub/broken.jpg"}));
  EXPECT_TRUE(written.back().contains("error"));
  EXPECT_EQ(Json::parse(read_file(folder.path() / "out/run.json"))["outcome"],
            "stopped at a failure (--strict)");
}

TEST(Batch, APictureOverTheMemoryLimitFailsAlone) {
  const TempDir folder;
  folder.write("photos/a.png", read_file(sample("cat.png")));
  // 12000 x 12000 pixels with all their bytes, so that only the limit can refuse it.
  folder.write("photos/b.ppm", "P6\n12000 12000\n255\n");
  fs::resize_file(folder.path() / "photos/b.ppm", 19 + 3ull * 12000 * 12000);
  const ProcessResult result =
      batch(folder, {"photos", "-o", "out", "--max-memory", "512M", "--decode-threads", "1"});
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.err.find("raise --max-memory"), std::string::npos) << result.err;
  EXPECT_EQ(batch(folder, {"photos", "-o", "tiny", "--max-memory", "1M"}).exit_code, 2);
}

TEST(Batch, ResumeContinuesAfterTheLastCompleteLine) {
  const TempDir folder;
  fill(folder);
  const std::vector<std::string> arguments{"photos", "-o", "out", "--batch-size", "1", "--resume"};
  ASSERT_EQ(batch(folder, arguments).exit_code, 3);  // in a missing folder it starts a run
  const fs::path results = folder.path() / "out/results.jsonl";
  const std::string whole = read_file(results);
  const size_t third_end = whole.rfind('\n', whole.size() - 2) + 1;
  for (const size_t size :
       {whole.size(), whole.size() - 1, third_end + 5, third_end, size_t{3}, size_t{0}}) {
    fs::resize_file(results, size);
    EXPECT_EQ(batch(folder, arguments).exit_code, 3);
    EXPECT_EQ(read_file(results), whole) << size;
    const Json run = Json::parse(read_file(folder.path() / "out/run.json"));
    EXPECT_EQ(run["counts"]["classified"], 3);
    EXPECT_EQ(run["failures"].size(), 1u);
  }
}

TEST(Batch, ResumeRetriesFailuresOnlyOnRequest) {
  const TempDir folder;
  fill(folder);
  folder.write("photos/caf\xe9.png", read_file(sample("cat.png")));
  ASSERT_EQ(batch(folder, {"photos", "-o", "out"}).exit_code, 3);
  folder.write("photos/sub/broken.jpg", read_file(sample("rocket.jpg")));
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--resume"}).exit_code, 3);
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--resume", "--retry-failed"}).exit_code, 0);
  const auto written = records(folder.path() / "out/results.jsonl");
  EXPECT_EQ(files(written),
            (std::vector<std::string>{"caf\xef\xbf\xbd.png", "img2.png", "img10.png",
                                      "sub/broken.jpg", "sub/rocket"}));
  EXPECT_FALSE(written[3].contains("error"));
}

TEST(Batch, ResumeRefusesAnotherRun) {
  const TempDir folder;
  fill(folder);
  folder.write("other/a.png", read_file(sample("cat.png")));
  ASSERT_EQ(batch(folder, {"photos", "-o", "out"}).exit_code, 3);
  const std::string before = read_file(folder.path() / "out/results.jsonl");
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"other"}, "(paths: "},
      {{"photos", "-k", "2"}, "(topk: 5 there, 2 now)"},
      {{"photos", "--crop-pct", "0.5"},
       "(checkpoint.preprocessing.resize.value.size.height: 64 there, 128 now)"},
      {{"photos", "--precision", "int8"}, "(precision: \"f32\" there, \"int8\" now)"},
      {{"photos", "--no-recursive"}, "(recursive: true there, false now)"}};
  for (auto [arguments, complaint] : cases) {
    arguments.insert(arguments.end(), {"-o", "out", "--resume"});
    const ProcessResult result = batch(folder, arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find(complaint), std::string::npos) << result.err;
  }
  folder.write("out/results.jsonl", before + "no record\n");
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--resume"}).exit_code, 2);
  folder.write("out/results.jsonl", before);
  folder.write("out/run.json", "{}");
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--resume"}).exit_code, 2);
  fs::remove(folder.path() / "out/run.json");  // by the user: the settings are these
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--resume"}).exit_code, 3);
  EXPECT_EQ(read_file(folder.path() / "out/results.jsonl"), before);
}

TEST(Batch, TerminationFinishesWhatIsInFlight) {
  const TempDir folder;
  link_photos(folder, 400, {"cat.png", "coffee.png"});
  const std::string script =
      "\"$0\" batch -q --threads 1 --batch-size 1 --decode-threads 1 photos -o out & p=$!; "
      "until [ -s out/results.jsonl ]; do sleep 0.01; done; kill -TERM $p; wait $p";
  const ProcessResult result = run_script(folder, script);
  EXPECT_EQ(result.exit_code, 143);
  const size_t done = records(folder.path() / "out/results.jsonl").size();
  EXPECT_GE(done, 1u);
  EXPECT_LT(done, 400u);
  const std::string message = "interrupted after " + std::to_string(done) + " of 400 pictures";
  EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  EXPECT_EQ(Json::parse(read_file(folder.path() / "out/run.json"))["outcome"], "interrupted");
  EXPECT_EQ(batch(folder, {"photos", "-o", "out", "--resume"}).exit_code, 0);
  EXPECT_EQ(records(folder.path() / "out/results.jsonl").size(), 400u);
}

// Kills the run whenever it has written some more lines, until it is complete: no record is lost or
// duplicated.
TEST(Batch, RepeatedKillsDoNotChangeTheResult) {
  const TempDir folder;
  link_photos(folder, 60, {"cat.png", "coffee.png"});
  ASSERT_EQ(batch(folder, {"photos", "-o", "whole", "--batch-size", "1"}).exit_code, 0);
  const std::string script =
      "for n in 3 5 11 12 20 33 50; do "
      "\"$0\" batch -q --threads 1 --batch-size 1 photos -o out --resume & p=$!; "
      "until [ \"$(cat out/results.jsonl 2> /dev/null | wc -l)\" -ge $n ]; do sleep 0.01; done; "
      "kill -9 $p; wait $p; done; "
      "\"$0\" batch -q --threads 1 --batch-size 1 photos -o out --resume";
  const ProcessResult result = run_script(folder, script);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_file(folder.path() / "out/results.jsonl"),
            read_file(folder.path() / "whole/results.jsonl"));
  const Json run = Json::parse(read_file(folder.path() / "out/run.json"));
  EXPECT_EQ(run["counts"]["pictures"], 60);
  EXPECT_EQ(run["outcome"], "finished");
}

TEST(Batch, WrongUsage) {
  const TempDir folder;
  fill(folder);
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"photos"}, "-o DIR"},
      {{"-o", "out"}, "no picture given"},
      {{"photos", "-o", "photos/notes.txt"}, "is not a folder"},
      {{"photos", "-o", "out", "--resume", "--overwrite"}, "contradict"},
      {{"photos", "-o", "out", "--retry-failed"}, "requires --resume"},
      {{"photos", "-o", "out", "--max-memory", "4X"}, "--max-memory: wanted bytes"},
      {{"photos", "-o", "out", "--batch-size", "0"}, "--batch-size"},
      {{"photos", "-o", "out", "--include", "*.gif"}, "no picture found"},
      {{"photos", "-o", "out", "--results", "xml"}, "--results"}};
  for (const auto& [arguments, complaint] : cases) {
    const ProcessResult result = batch(folder, arguments);
    EXPECT_EQ(result.exit_code, 2) << result.err;
    EXPECT_NE(result.err.find(complaint), std::string::npos) << result.err;
    EXPECT_FALSE(fs::exists(folder.path() / "out"));
  }
}

}  // namespace
}  // namespace saccade::test
