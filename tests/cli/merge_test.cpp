// Tests of `saccade merge`.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/shards.h"
#include "tests/support/sqlite_rows.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

/// Every path in `folder` with the file's contents or the link's target.
std::map<std::string, std::string> tree(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_symlink()) {
      files[name] = fs::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      files[name] = read_file(entry.path());
    }
  }
  return files;
}

std::vector<std::string> answers(const fs::path& file) {
  return query(file,
               "SELECT i.id, i.file, i.error, p.label, p.score FROM images i LEFT JOIN "
               "predictions p ON p.image_id = i.id ORDER BY i.id, p.rank");
}

TEST(Merge, ThreeShardsAreASingleRun) {
  const TempDir folder;
  fill_photos(folder);
  const std::vector<std::string> formats{"--results", "csv,sqlite"};
  const ProcessResult single =
      exact_batch(folder, {"photos", "-o", "single", "--results", "csv,sqlite"});
  ASSERT_EQ(single.exit_code, 3) << single.err;
  EXPECT_EQ(run_shards(folder, formats), single.err);
  const ProcessResult merged = merge(folder, {"out", "-o", "whole", "--results", "csv,sqlite"});
  ASSERT_EQ(merged.exit_code, 3) << merged.err;
  EXPECT_EQ(merged.out + merged.err, "");
  for (const char* file : {"results.jsonl", "results.csv"}) {
    EXPECT_EQ(read_file(folder.path() / "whole" / file), read_file(folder.path() / "single" / file))
        << file;
  }
  const auto rows = answers(folder.path() / "whole/results.sqlite");
  EXPECT_EQ(rows, answers(folder.path() / "single/results.sqlite"));
  EXPECT_EQ(rows.size(), 10u * 5 + 1);
}

TEST(Merge, RunJsonDescribesTheWholeRun) {
  const TempDir folder;
  fill_photos(folder);
  ASSERT_EQ(exact_batch(folder, {"photos", "-o", "single"}).exit_code, 3);
  run_shards(folder);
  size_t pictures = 0;
  for (int i = 1; i <= 3; ++i) {
    const Json shard = run_json(folder, "out/shard-" + std::to_string(i) + "-of-3");
    EXPECT_EQ(shard["shard"]["index"], i);
    EXPECT_EQ(shard["shard"]["of"], 3);
    EXPECT_EQ(shard["shard"]["all_pictures"], 11);
    EXPECT_EQ(shard["outcome"], "finished");
    EXPECT_GT(shard["counts"]["pictures"], 0);
    pictures += shard["counts"]["pictures"].get<size_t>();
  }
  EXPECT_EQ(pictures, 11u);
  ASSERT_EQ(merge(folder, {"out", "-o", "whole"}).exit_code, 3);
  const Json single = run_json(folder, "single");
  const Json whole = run_json(folder, "whole");
  for (const char* key : {"outcome", "settings", "shard", "versions", "counts", "failures"}) {
    EXPECT_EQ(whole[key], single[key]) << key;
  }
  ASSERT_EQ(whole["shards"].size(), 3u);
  EXPECT_EQ(whole["shards"][2]["index"], 3);
  EXPECT_EQ(whole["shards"][2]["counts"], run_json(folder, "out/shard-3-of-3")["counts"]);
}

TEST(Merge, AMergedRunCanBeResumed) {
  const TempDir folder;
  fill_photos(folder);
  run_shards(folder);
  ASSERT_EQ(merge(folder, {"out", "-o", "whole"}).exit_code, 3);
  const std::string before = read_file(folder.path() / "whole/results.jsonl");
  const ProcessResult same = exact_batch(folder, {"photos", "-o", "whole", "--resume", "--report"});
  EXPECT_EQ(same.exit_code, 3) << same.err;
  EXPECT_EQ(read_file(folder.path() / "whole/results.jsonl"), before);
  EXPECT_TRUE(fs::exists(folder.path() / "whole/report/index.html"));
}

TEST(Merge, LinksOverlaysAndSortedPictures) {
  const TempDir folder;
  fill_photos(folder);
  for (const char* how : {"copy", "link"}) {
    const std::vector<std::string> more{"--overlays", "--sort-into-folders", how, "--overwrite"};
    std::vector<std::string> single{"photos", "-o", "single"};
    single.insert(single.end(), more.begin(), more.end());
    fs::remove_all(folder.path() / "single");
    fs::remove_all(folder.path() / "out");
    ASSERT_EQ(exact_batch(folder, single).exit_code, 3);
    run_shards(folder, more);
    ASSERT_EQ(merge(folder, {"out", "-o", "whole", "--overwrite"}).exit_code, 3);
    for (const char* part : {"overlays", "sorted"}) {
      const auto files = tree(folder.path() / "single" / part);
      EXPECT_EQ(files.size(), 10u) << part;
      EXPECT_EQ(tree(folder.path() / "whole" / part), files) << part << ' ' << how;
    }
    EXPECT_EQ(read_file(folder.path() / "whole/results.jsonl"),
              read_file(folder.path() / "single/results.jsonl"));
  }
}

TEST(Merge, AcceptsFoldersInAnyOrderAndPlace) {
  const TempDir folder;
  fill_photos(folder);
  run_shards(folder);
  ASSERT_EQ(merge(folder, {"out", "-o", "whole"}).exit_code, 3);
  const std::string whole = read_file(folder.path() / "whole/results.jsonl");
  // The shards one by one, in any order, under other names, in several places.
  fs::create_directories(folder.path() / "elsewhere");
  fs::rename(folder.path() / "out/shard-2-of-3", folder.path() / "elsewhere/second");
  ASSERT_EQ(merge(folder, {"elsewhere/second", "out", "-o", "mixed"}).exit_code, 3);
  EXPECT_EQ(read_file(folder.path() / "mixed/results.jsonl"), whole);
  // The folder that holds them, given twice.
  fs::rename(folder.path() / "elsewhere/second", folder.path() / "out/shard-2-of-3");
  ASSERT_EQ(merge(folder, {"out", "-o", "out", "--overwrite"}).exit_code, 3);
  ASSERT_EQ(merge(folder, {"out", "-o", "out", "--overwrite"}).exit_code, 3);
  EXPECT_EQ(read_file(folder.path() / "out/results.jsonl"), whole);
}

TEST(Merge, PodsOfAnIndexedJob) {
  const TempDir folder;
  fill_photos(folder);
  run_shards(folder);
  ProcessOptions pod;
  pod.folder = folder.path();
  pod.variables = {{"JOB_COMPLETION_INDEX", "0"}};
  std::vector<std::string> command = kExactly;
  command.insert(command.end(), {"photos", "-o", "pods"});
  const ProcessResult of_how_many = run_saccade(command, pod);
  EXPECT_EQ(of_how_many.exit_code, 2);
  EXPECT_NE(of_how_many.err.find("--shard auto/N"), std::string::npos) << of_how_many.err;
  command.insert(command.end(), {"--shard", "auto/3", "--resume"});
  for (const char* index : {"0", "1", "2"}) {
    pod.variables = {{"JOB_COMPLETION_INDEX", index}};
    EXPECT_EQ(run_saccade(command, pod).exit_code, 0);
  }
  for (const char* shard : {"shard-1-of-3", "shard-2-of-3", "shard-3-of-3"}) {
    EXPECT_EQ(read_file(folder.path() / "pods" / shard / "results.jsonl"),
              read_file(folder.path() / "out" / shard / "results.jsonl"));
  }
}

TEST(Merge, AShardWithoutAPicture) {
  const TempDir folder;
  // With four shards, these are in the first and the fourth.
  for (const char* name : {"a.png", "b.png", "c.png"}) {
    folder.write(std::string("photos/") + name, read_file(sample("cat.png")));
  }
  run_shards(folder, {}, {"1/4", "2/4", "3/4", "4/4"});
  EXPECT_EQ(run_json(folder, "out/shard-2-of-4")["counts"]["pictures"], 0);
  const ProcessResult merged = merge(folder, {"out", "-o", "whole"});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_EQ(lines(read_file(folder.path() / "whole/results.jsonl")).size(), 3u);
}

TEST(Merge, AShardOfOnlyFailuresIsFinished) {
  const TempDir folder;
  folder.write("photos/a.png", "no picture");
  run_shards(folder, {}, {"1/2", "2/2"});
  EXPECT_EQ(merge(folder, {"out", "-o", "whole"}).exit_code, 1);
  EXPECT_EQ(run_json(folder, "whole")["counts"]["failed"], 1);
}

// The state that kill -9 leaves: some lines, the last one incomplete, and a run.json that says
// "running".
TEST(Merge, AKilledShardIsRefusedUntilItIsResumed) {
  const TempDir folder;
  fill_photos(folder);
  ASSERT_EQ(exact_batch(folder, {"photos", "-o", "single"}).exit_code, 3);
  run_shards(folder);
  const fs::path shard = folder.path() / "out/shard-3-of-3";
  fs::resize_file(shard / "results.jsonl", fs::file_size(shard / "results.jsonl") / 2);
  fs::remove(shard / "places.txt");
  Json record = run_json(folder, "out/shard-3-of-3");
  record["outcome"] = "running";
  folder.write("out/shard-3-of-3/run.json", record.dump());
  const ProcessResult early = merge(folder, {"out", "-o", "whole"});
  EXPECT_EQ(early.exit_code, 2);
  EXPECT_NE(early.err.find("shard-3-of-3: has not finished; run this shard with --resume"),
            std::string::npos)
      << early.err;
  run_shards(folder, {"--resume"}, {"3/3"});
  ASSERT_EQ(merge(folder, {"out", "-o", "whole"}).exit_code, 3);
  EXPECT_EQ(read_file(folder.path() / "whole/results.jsonl"),
            read_file(folder.path() / "single/results.jsonl"));
}

// A picture that has a record and then vanishes keeps its record, as in a single run.
TEST(Merge, PicturesAddedOrRemovedBetweenShards) {
  const TempDir folder;
  fill_photos(folder);
  run_shards(folder);
  fs::remove(folder.path() / "photos/img1.png");
  folder.write("photos/img9.png", read_file(sample("cat.png")));
  run_shards(folder, {"--resume"}, {"1/3"});
  const ProcessResult mixed = merge(folder, {"out", "-o", "whole"});
  EXPECT_EQ(mixed.exit_code, 2);
  EXPECT_NE(mixed.err.find("has seen other pictures"), std::string::npos) << mixed.err;
  run_shards(folder, {"--resume"});
  const ProcessResult merged = merge(folder, {"out", "-o", "whole"});
  ASSERT_EQ(merged.exit_code, 3) << merged.err;
  std::multiset<std::string> names;
  for (const std::string& line : lines(read_file(folder.path() / "whole/results.jsonl"))) {
    names.insert(Json::parse(line)["file"]);
  }
  EXPECT_EQ(names.size(), 12u);
  EXPECT_EQ(names.count("img1.png"), 1u);
  EXPECT_EQ(names.count("img9.png"), 1u);
}

TEST(Merge, WatchCannotBeSharded) {
  const TempDir folder;
  fill_photos(folder);
  const ProcessResult result =
      exact_batch(folder, {"photos", "-o", "out", "--watch", "--shard", "1/2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--watch cannot be split"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace saccade::test
