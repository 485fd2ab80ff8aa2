// Tests of a batch's output files, and of batches with many pictures.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

/// Runs a quiet batch in `folder`.
ProcessResult batch(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"batch", "-q"});
  return run_in(folder, arguments);
}

void fill(const TempDir& folder) {
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  folder.write("photos/sub/rocket.jpg", read_file(sample("rocket.jpg")));
  folder.write("photos/broken.jpg", "no picture");
}

// With many more pictures than are in flight at once, and several streams, each picture has exactly
// one record, in order, with its own result.
TEST(BatchFiles, EveryPictureHasItsOwnRecordInOrder) {
  const TempDir folder;
  const std::vector<std::string> kinds{"cat.png", "coffee.png", "rocket.jpg"};
  for (size_t i = 0; i < 300; ++i) {
    const std::string name = "photos/p" + std::to_string(i);
    folder.write(name, i % 7 == 6 ? "no picture" : "");
    fs::remove(folder.path() / name);
    if (i % 7 == 6) {
      folder.write(name + ".jpg", "no picture");
    } else {
      fs::create_symlink(sample(kinds[i % 3]), folder.path() / (name + ".jpg"));
    }
  }
  const ProcessResult result =
      batch(folder, {"photos", "-o", "out", "--streams", "3", "--decode-threads", "3",
                     "--batch-size", "2", "--threads", "3"});
  EXPECT_EQ(result.exit_code, 3);
  const auto written = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(written.size(), 300u);
  for (size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(written[i]["file"], "p" + std::to_string(i) + ".jpg");
    EXPECT_EQ(written[i].contains("error"), i % 7 == 6);
    if (i % 7 != 6 && i >= 3 && (i - 3) % 7 != 6) {
      const Json& best = written[i]["predictions"][0];
      EXPECT_EQ(best["index"], written[i - 3]["predictions"][0]["index"]);
      EXPECT_NEAR(best["score"].get<double>(),
                  written[i - 3]["predictions"][0]["score"].get<double>(), 1e-5);
    }
  }
}

TEST(BatchFiles, RecordsNameTheirOverlays) {
  const TempDir folder;
  fill(folder);
  for (const std::string method : {"--overlays", "--overlays=relevance", "--overlays=rollout"}) {
    ASSERT_EQ(batch(folder, {"photos", "-o", "out", "--overwrite", method}).exit_code, 3);
    const auto written = records(folder.path() / "out/results.jsonl");
    ASSERT_EQ(written.size(), 3u);
    EXPECT_FALSE(written[0].contains("maps"));  // broken.jpg
    for (const size_t i : {size_t{1}, size_t{2}}) {
      const Json& map = written[i]["maps"][0];
      EXPECT_EQ(map["method"], method == "--overlays" ? "saccade" : method.substr(11));
      EXPECT_EQ(map["file"], "overlays/" + written[i]["file"].get<std::string>() + ".jpg");
      EXPECT_GT(fs::file_size(folder.path() / "out" / map["file"].get<std::string>()), 1000u);
    }
  }
  const ProcessResult changed = batch(folder, {"photos", "-o", "out", "--resume"});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_NE(changed.err.find("(overlays: \"rollout\" there, null now)"), std::string::npos)
      << changed.err;
}

TEST(BatchFiles, RecordsNameOverlaysOfNonUtf8Names) {
  const TempDir folder;
  folder.write("photos/caf\xe9.png", read_file(sample("cat.png")));
  folder.write("photos/caf\xe8.png", read_file(sample("cat.png")));
  ASSERT_EQ(batch(folder, {"photos", "-o", "out", "--overlays=attention"}).exit_code, 0);
  const auto written = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(written.size(), 2u);
  std::set<std::string> overlays;
  for (const Json& record : written) overlays.insert(record["maps"][0]["file"].get<std::string>());
  EXPECT_EQ(overlays.size(), 2u);
  for (const std::string& file : overlays) EXPECT_TRUE(fs::exists(folder.path() / "out" / file));
}

// Neither a name that is too long for another extension nor one that equals another's folder stops
// a run.
TEST(BatchFiles, OverlaysOfAnyName) {
  const TempDir folder;
  const std::string longest = std::string(248, 'a') + ".png";
  for (const std::string& name : {longest, std::string("x"), std::string("x.jpg/y.png")}) {
    folder.write("photos/" + name, read_file(sample("cat.png")));
  }
  const std::vector<std::string> arguments{"photos",    "-o", "out", "--overlays=attention",
                                           "--threads", "1"};
  const ProcessResult result = batch(folder, arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const Json& record : records(folder.path() / "out/results.jsonl")) {
    EXPECT_TRUE(fs::exists(folder.path() / "out" / record["maps"][0]["file"].get<std::string>()));
  }
}

// Whatever memory limit suffices for the run suffices for its gallery.
TEST(BatchFiles, ReportAtTheMemoryLimit) {
  const TempDir folder;
  fill(folder);
  fs::remove(folder.path() / "photos/broken.jpg");
  bool done = false;
  for (int megabytes = 80; megabytes < 600 && !done; megabytes += 10) {
    const ProcessResult result =
        batch(folder, {"photos", "-o", "out", "--overwrite", "--report", "--threads", "1",
                       "--max-memory", std::to_string(megabytes) + "M"});
    done = result.exit_code == 0;
    if (!done) {
      EXPECT_EQ(result.exit_code, 2);
      EXPECT_FALSE(fs::exists(folder.path() / "out/results.jsonl"));  // refused at the start
    }
  }
  EXPECT_TRUE(done);
  EXPECT_TRUE(fs::exists(folder.path() / "out/report/index.html"));
}

TEST(BatchFiles, ResumeWorksFromAnotherDirectory) {
  const TempDir folder;
  fill(folder);
  folder.write("other/photos/cat.png", read_file(sample("coffee.png")));
  folder.write("list.txt", "photos/cat.png\n");
  ASSERT_EQ(batch(folder, {"photos", "-o", "out", "--results", "csv"}).exit_code, 3);
  const std::string csv = read_file(folder.path() / "out/results.csv");
  ProcessOptions elsewhere;
  elsewhere.folder = folder.path() / "other";
  const ProcessResult another =
      run_saccade({"batch", "-q", "photos", "-o", "../out", "--resume"}, elsewhere);
  EXPECT_EQ(another.exit_code, 2);
  EXPECT_NE(another.err.find("(paths: "), std::string::npos) << another.err;
  folder.write("photos/new.png", read_file(sample("cat.png")));
  const ProcessResult same =
      run_saccade({"batch", "-q", "../photos/", "-o", "../out", "--resume"}, elsewhere);
  EXPECT_EQ(same.exit_code, 3) << same.err;
  EXPECT_GT(read_file(folder.path() / "out/results.csv").size(),
            csv.size());  // it is continued too

  ASSERT_EQ(batch(folder, {"@list.txt", "-o", "listed"}).exit_code, 0);
  folder.write("list.txt", "photos/new.png\n");
  const ProcessResult list = batch(folder, {"@list.txt", "-o", "listed", "--resume"});
  EXPECT_EQ(list.exit_code, 2);
  EXPECT_NE(list.err.find("(listed_names_sha256: "), std::string::npos) << list.err;
}

TEST(BatchFiles, TablesAndFoldersAgreeWithTheLines) {
  const TempDir folder;
  fill(folder);
  const std::vector<std::string> arguments{
      "photos", "-o", "out", "--results", "jsonl,csv,sqlite", "--sort-into-folders", "link"};
  ASSERT_EQ(batch(folder, arguments).exit_code, 3);
  const auto written = records(folder.path() / "out/results.jsonl");
  const std::string csv = read_file(folder.path() / "out/results.csv");
  EXPECT_EQ(lines(csv).size(), 1u + 1 + 5 + 5);
  EXPECT_GT(fs::file_size(folder.path() / "out/results.sqlite"), 4096u);
  const std::string best = written[2]["predictions"][0]["label"];
  const fs::path link = folder.path() / "out/sorted" / best / "sub/rocket.jpg";
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_TRUE(fs::equivalent(link, folder.path() / "photos/sub/rocket.jpg"));

  // A resumed run gives the same tables as one that was never interrupted.
  fs::resize_file(folder.path() / "out/results.jsonl", 10);
  std::vector<std::string> resumed = arguments;
  resumed.push_back("--resume");
  ASSERT_EQ(batch(folder, resumed).exit_code, 3);
  EXPECT_EQ(read_file(folder.path() / "out/results.csv"), csv);
  size_t lines_files = 0;
  for (const auto& entry : fs::directory_iterator(folder.path() / "out")) {
    lines_files += entry.path().extension() == ".jsonl";
  }
  EXPECT_EQ(lines_files, 1u);
}

TEST(BatchFiles, WritesTheReport) {
  const TempDir folder;
  fill(folder);
  ASSERT_EQ(batch(folder, {"photos", "-o", "out", "--report"}).exit_code, 3);
  const std::string page = read_file(folder.path() / "out/report/index.html");
  EXPECT_NE(page.find("<html"), std::string::npos);
  size_t thumbnails = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "out/report")) {
    thumbnails += entry.path().extension() == ".jpg";
  }
  EXPECT_EQ(thumbnails, 2u);
}

// A limit on the size of files simulates a full disk: both make a write fail.
TEST(BatchFiles, AFullDiskEndsTheRunAndResumeContinues) {
  const TempDir folder;
  link_photos(folder, 40, {"cat.png"});
  const std::string script =
      "trap '' XFSZ; ulimit -f 16; "
      "\"$0\" batch -q --threads 1 -k 10 photos -o out --batch-size 1";
  const ProcessResult full = run_script(folder, script);
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_NE(full.err.find("results.jsonl: results could not be written"), std::string::npos)
      << full.err;
  const size_t before = records(folder.path() / "out/results.jsonl").size();  // complete lines
  EXPECT_GT(before, 2u);
  EXPECT_LT(before, 40u);
  const Json stopped = Json::parse(read_file(folder.path() / "out/run.json"));
  EXPECT_NE(stopped["outcome"].get<std::string>().find("results.jsonl"), std::string::npos);
  EXPECT_EQ(
      batch(folder, {"photos", "-k", "10", "-o", "out", "--resume", "--batch-size", "1"}).exit_code,
      0);
  const auto written = records(folder.path() / "out/results.jsonl");
  std::set<std::string> names;
  for (const Json& record : written) names.insert(record["file"].get<std::string>());
  EXPECT_EQ(written.size(), 40u);
  EXPECT_EQ(names.size(), 40u);
}

/// Starts a run over photos/, and stops its process, which is $p, when it has begun to write.
const std::string kStopped =
    "\"$0\" batch -q --threads 1 --batch-size 1 photos -o out & p=$!; "
    "until [ -e out/run.json ]; do sleep 0.01; done; kill -STOP $p; ";

TEST(BatchFiles, RemovingTheFolderEndsTheRun) {
  const TempDir folder;
  link_photos(folder, 200, {"cat.png"});
  const ProcessResult result = run_script(folder, kStopped + "rm -r out; kill -CONT $p; wait $p");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("out/results.jsonl: has been removed"), std::string::npos)
      << result.err;
}

TEST(BatchFiles, OneRunAtATimeInAFolder) {
  const TempDir folder;
  link_photos(folder, 200, {"cat.png"});
  const std::string script =
      kStopped + "\"$0\" batch -q photos -o out --overwrite; kill -CONT $p; wait $p";
  const ProcessResult result = run_script(folder, script);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("another run is writing there"), std::string::npos) << result.err;
  EXPECT_EQ(records(folder.path() / "out/results.jsonl").size(), 200u);
}

}  // namespace
}  // namespace saccade::test
