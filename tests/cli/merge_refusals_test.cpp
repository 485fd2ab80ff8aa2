// Incomplete or inconsistent shards: merge must refuse them by name before it writes anything.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/cli/shards.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

/// Makes three finished shards in out, for the tests to damage.
class MergeRefuses : public testing::Test {
 protected:
  void SetUp() override {
    fill_photos(folder_);
    run_shards(folder_);
  }

  /// Expects that merging `paths` fails with a line that contains `complaint` and writes nothing.
  void expect_refusal(std::vector<std::string> paths, const std::string& complaint) {
    paths.insert(paths.end(), {"-o", "whole"});
    const ProcessResult result = merge(folder_, paths);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find(complaint), std::string::npos) << result.err;
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
    EXPECT_FALSE(fs::exists(folder_.path() / "whole"));
  }

  fs::path shard(int index) const {
    return folder_.path() / ("out/shard-" + std::to_string(index) + "-of-3");
  }

  /// Applies `change` to a shard's run.json.
  template <typename Change>
  void change_record(int index, const Change& change) {
    const std::string name = "out/shard-" + std::to_string(index) + "-of-3";
    Json record = run_json(folder_, name);
    change(record);
    folder_.write(name + "/run.json", record.dump());
  }

  void write_lines(const fs::path& file, const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& line : all) text += line + '\n';
    folder_.write(file.lexically_relative(folder_.path()).string(), text);
  }

  TempDir folder_;
};

TEST_F(MergeRefuses, AMissingShard) {
  expect_refusal({"out/shard-1-of-3", "out/shard-3-of-3"}, "shard 2 of 3 is missing");
  fs::remove_all(shard(3));
  expect_refusal({"out"}, "shard 3 of 3 is missing");
}

TEST_F(MergeRefuses, AShardGivenTwice) {
  expect_refusal({"out", "out/shard-2-of-3/"}, "shard 2 is given twice");
  fs::copy(shard(2), folder_.path() / "copy", fs::copy_options::recursive);
  expect_refusal({"out", "copy"}, "shard 2 is given twice");
}

TEST_F(MergeRefuses, FoldersThatAreNotShards) {
  expect_refusal({"photos"}, "photos: contains no shard");
  expect_refusal({"nowhere"}, "nowhere: contains no shard");
  ASSERT_EQ(exact_batch(folder_, {"photos", "-o", "single"}).exit_code, 3);
  expect_refusal({"single"}, "single: is a whole run, not a shard");
  fs::remove(shard(2) / "run.json");
  expect_refusal({"out"}, "shard-2-of-3: has no run.json; run this shard with --resume");
}

TEST_F(MergeRefuses, AnotherNumberOfShards) {
  run_shards(folder_, {}, {"1/2"});
  expect_refusal({"out"}, "is one of");
}

TEST_F(MergeRefuses, OtherSettings) {
  run_shards(folder_, {"-k", "2", "--overwrite"}, {"2/3"});
  expect_refusal({"out"}, "shard-2-of-3: has other settings (topk) than out/shard-1-of-3");
}

TEST_F(MergeRefuses, OtherPictures) {
  folder_.write("photos/img9.png", read_file(sample("cat.png")));
  run_shards(folder_, {"--resume"}, {"3/3"});
  expect_refusal({"out"}, "shard-3-of-3: has seen other pictures than out/shard-1-of-3");
}

TEST_F(MergeRefuses, AnUnfinishedShard) {
  for (const char* outcome : {"running", "interrupted", "stopped: no room"}) {
    change_record(2, [&](Json& record) { record["outcome"] = outcome; });
    expect_refusal({"out"}, "shard-2-of-3: has not finished; run this shard with --resume");
  }
}

TEST_F(MergeRefuses, AMissingRecord) {
  const fs::path file = shard(3) / "results.jsonl";
  const std::vector<std::string> all = lines(read_file(file));
  ASSERT_GE(all.size(), 3u);
  std::vector<std::string> fewer = all;
  fewer.erase(fewer.begin() + 1);
  write_lines(file, fewer);
  expect_refusal({"out"}, "shard-3-of-3: results.jsonl and places.txt differ in length");
  // Remove its index as well.
  const fs::path places_file = shard(3) / "places.txt";
  const std::vector<std::string> places = lines(read_file(places_file));
  std::vector<std::string> fewer_places = places;
  fewer_places.erase(fewer_places.begin() + 1);
  write_lines(places_file, fewer_places);
  expect_refusal({"out"}, "is missing; run the shards with --resume");
  // Removes the last of all pictures, whichever shard has it.
  write_lines(file, all);
  write_lines(places_file, places);
  for (int i = 1; i <= 3; ++i) {
    std::vector<std::string> of_shard = lines(read_file(shard(i) / "places.txt"));
    if (of_shard.back() != "10") continue;
    of_shard.pop_back();
    write_lines(shard(i) / "places.txt", of_shard);
    std::vector<std::string> records = lines(read_file(shard(i) / "results.jsonl"));
    records.pop_back();
    write_lines(shard(i) / "results.jsonl", records);
  }
  expect_refusal({"out"}, "the record of picture 11 of 11 is missing");
}

TEST_F(MergeRefuses, ARecordTwice) {
  const std::string first = lines(read_file(shard(2) / "results.jsonl")).front();
  const std::string place = lines(read_file(shard(2) / "places.txt")).front();
  for (const std::string& other_place : {place, std::string("-")}) {
    const std::string results = read_file(shard(2) / "results.jsonl");
    const std::string places = read_file(shard(2) / "places.txt");
    folder_.write("out/shard-2-of-3/results.jsonl", first + '\n' + results);
    folder_.write("out/shard-2-of-3/places.txt", other_place + '\n' + places);
    expect_refusal({"out"}, "has two records; run this shard with --overwrite");
    folder_.write("out/shard-2-of-3/results.jsonl", results);
    folder_.write("out/shard-2-of-3/places.txt", places);
  }
}

TEST_F(MergeRefuses, ARecordOfAnotherShard) {
  std::vector<std::string> all = lines(read_file(shard(1) / "results.jsonl"));
  all.front() = lines(read_file(shard(2) / "results.jsonl")).front();
  write_lines(shard(1) / "results.jsonl", all);
  expect_refusal({"out"}, "is not a picture of shard 1 of 3");
}

TEST_F(MergeRefuses, RecordsInAnotherOrder) {
  std::vector<std::string> all = lines(read_file(shard(3) / "results.jsonl"));
  std::swap(all[0], all[1]);
  write_lines(shard(3) / "results.jsonl", all);
  expect_refusal({"out"}, "do not match the pictures they found");
}

TEST_F(MergeRefuses, DamagedFiles) {
  const std::string places = read_file(shard(1) / "places.txt");
  folder_.write("out/shard-1-of-3/places.txt", "x" + places);
  expect_refusal({"out"}, "places.txt holds");
  fs::remove(shard(1) / "places.txt");
  expect_refusal({"out"}, "shard-1-of-3: places.txt cannot be read");
  folder_.write("out/shard-1-of-3/places.txt", places);
  const std::string results = read_file(shard(1) / "results.jsonl");
  folder_.write("out/shard-1-of-3/results.jsonl", results.substr(0, results.size() - 1));
  expect_refusal({"out"}, "differ in length");
  folder_.write("out/shard-1-of-3/results.jsonl", "no record\n" + results);
  expect_refusal({"out"}, "line 1 is not a result record");
  folder_.write("out/shard-1-of-3/results.jsonl", results);
  for (const char* part :
       {R"({"index":0,"of":3})", R"({"index":4,"of":3})", R"({"of":3})", R"({"index":-1,"of":-1})",
        R"({"index":1,"of":99999999999})", R"({"index":"1","of":3})", R"({"index":1.5,"of":3})"}) {
    change_record(1, [&](Json& record) { record["shard"] = Json::parse(part); });
    expect_refusal({"out"}, "shard-1-of-3: run.json does not say which shard it is");
  }
  change_record(1, [](Json& record) { record["shard"] = Json::parse(R"({"index":1,"of":3})"); });
  expect_refusal({"out"}, "run.json does not describe the pictures of all shards");
}

TEST_F(MergeRefuses, ForbiddenOutputFolders) {
  const std::string before = read_file(shard(1) / "results.jsonl");
  const ProcessResult itself = merge(folder_, {"out", "-o", "out/shard-1-of-3/.", "--overwrite"});
  EXPECT_EQ(itself.exit_code, 2);
  EXPECT_NE(itself.err.find("is one of the shards"), std::string::npos) << itself.err;
  EXPECT_EQ(read_file(shard(1) / "results.jsonl"), before);
  const ProcessResult full = merge(folder_, {"out", "-o", "photos"});
  EXPECT_EQ(full.exit_code, 2);
  EXPECT_NE(full.err.find("photos: is not empty; --overwrite"), std::string::npos) << full.err;
  EXPECT_FALSE(fs::exists(folder_.path() / "photos/results.jsonl"));
}

TEST_F(MergeRefuses, WrongUsage) {
  for (const auto& [arguments, complaint] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"-o", "whole"}, "no shards given"},
           {{"out"}, "try -o DIR"},
           {{"out", "-o", "whole", "--results", "xml"}, "--results: wanted jsonl"}}) {
    const ProcessResult result = merge(folder_, arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find(complaint), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace saccade::test
