// Others may be able to write to the folder of a run: nothing outside it is written or removed.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/shards.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kEverything{
    "photos",     "-o",         "out",      "--overwrite",         "--results",
    "csv,sqlite", "--overlays", "--report", "--sort-into-folders", "copy"};

class BatchLinks : public testing::Test {
 protected:
  BatchLinks() {
    folder_.write("photos/cat.png", read_file(sample("cat.png")));
    folder_.write("victim/file", "precious");
    fs::create_directory(folder_.path() / "out");
  }

  void expect_unharmed() const {
    EXPECT_EQ(read_file(folder_.path() / "victim/file"), "precious");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path() / "victim"), {}), 1);
  }

  TempDir folder_;
};

TEST_F(BatchLinks, FilesAreReplacedAndNotWrittenThrough) {
  ASSERT_EQ(exact_batch(folder_, kEverything).exit_code, 0);
  std::vector<std::string> files{"results.jsonl.new", "results.sqlite-journal"};
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "out")) {
    if (entry.is_regular_file()) {
      files.push_back(entry.path().lexically_relative(folder_.path() / "out").string());
    }
  }
  EXPECT_GE(files.size(), 9u);
  for (const bool symbolic : {true, false}) {
    for (const std::string& file : files) {
      const fs::path link = folder_.path() / "out" / file;
      fs::remove(link);
      const fs::path victim = folder_.path() / "victim/file";
      symbolic ? fs::create_symlink(victim, link) : fs::create_hard_link(victim, link);
    }
    EXPECT_EQ(exact_batch(folder_, kEverything).exit_code, 0);
    expect_unharmed();
    EXPECT_EQ(records(folder_.path() / "out/results.jsonl").size(), 1u);
  }
}

TEST_F(BatchLinks, FoldersAreNotEntered) {
  for (const char* part :
       {"overlays", "sorted", "sorted/tabby, tabby cat", "report", "report/thumbnails"}) {
    fs::remove_all(folder_.path() / "out");
    fs::create_directories((folder_.path() / "out" / part).parent_path());
    fs::create_directory_symlink(folder_.path() / "victim", folder_.path() / "out" / part);
    const ProcessResult result = exact_batch(folder_, kEverything);
    EXPECT_EQ(result.exit_code, 1) << part;
    EXPECT_NE(result.err.find(std::string("out/") + part + ": is a link"), std::string::npos)
        << result.err;
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
    expect_unharmed();
  }
}

TEST_F(BatchLinks, TheFolderOfAShardIsNotEntered) {
  fs::create_directory_symlink("../victim", folder_.path() / "out/shard-1-of-2");
  const ProcessResult result =
      exact_batch(folder_, {"photos", "-o", "out", "--shard", "1/2", "--overwrite"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("shard-1-of-2: is a link"), std::string::npos) << result.err;
  expect_unharmed();
}

// The folder that the user names may be a link.
TEST_F(BatchLinks, TheUsersOwnLinkIsFollowed) {
  fs::create_directory(folder_.path() / "disk");
  fs::remove(folder_.path() / "out");
  fs::create_directory_symlink("disk", folder_.path() / "out");
  EXPECT_EQ(exact_batch(folder_, kEverything).exit_code, 0);
  EXPECT_TRUE(fs::exists(folder_.path() / "disk/run.json"));
}

TEST_F(BatchLinks, ResumeContinuesNoLink) {
  std::vector<std::string> resume{"photos", "-o", "out", "--resume"};
  ASSERT_EQ(exact_batch(folder_, {"photos", "-o", "out", "--resume"}).exit_code, 0);
  const fs::path results = folder_.path() / "out/results.jsonl";
  const std::string whole = read_file(results);
  folder_.write("photos/more.png", read_file(sample("cat.png")));
  // A second name of the file, as that of another user's file would be.
  fs::create_hard_link(results, folder_.path() / "second");
  EXPECT_EQ(exact_batch(folder_, resume).exit_code, 0);
  EXPECT_EQ(read_file(folder_.path() / "second"), whole);
  EXPECT_EQ(records(results).size(), 2u);
  fs::rename(results, folder_.path() / "elsewhere");
  fs::create_symlink("../elsewhere", results);
  const ProcessResult refused = exact_batch(folder_, resume);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("results.jsonl: is a link; put the file itself there"),
            std::string::npos)
      << refused.err;
}

TEST_F(BatchLinks, MergeBringsNoLinksAlong) {
  for (const char* shard : {"1/2", "2/2"}) {
    ASSERT_EQ(exact_batch(folder_, {"photos", "-o", "parts", "--shard", shard, "--overlays",
                                    "--sort-into-folders", "link"})
                  .exit_code,
              0);
  }
  const fs::path one = folder_.path() / "parts/shard-1-of-2";
  const fs::path two = folder_.path() / "parts/shard-2-of-2";
  for (const fs::path& shard : {one, two}) fs::create_directories(shard / "overlays");
  fs::create_symlink(folder_.path() / "victim/file", one / "overlays/secret.jpg");
  fs::create_directory_symlink(folder_.path() / "victim", one / "overlays/x");
  fs::create_directories(two / "overlays/x");
  folder_.write("parts/shard-2-of-2/overlays/x/file", "evil");
  fs::create_directory_symlink(folder_.path() / "victim", one / "sorted/bird");
  const ProcessResult merged = merge(folder_, {"parts", "-o", "whole"});
  EXPECT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_NE(merged.err.find("are left out: 3"), std::string::npos) << merged.err;
  expect_unharmed();
  EXPECT_EQ(read_file(folder_.path() / "whole/overlays/x/file"), "evil");
  EXPECT_FALSE(fs::exists(fs::symlink_status(folder_.path() / "whole/overlays/secret.jpg")));
  EXPECT_FALSE(fs::exists(fs::symlink_status(folder_.path() / "whole/sorted/bird")));
  size_t links = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / "whole/sorted")) {
    links += entry.is_symlink();
  }
  EXPECT_EQ(links, 1u);
}

TEST_F(BatchLinks, MergeLeavesNoOlderTables) {
  for (const char* shard : {"1/2", "2/2"}) {
    ASSERT_EQ(exact_batch(folder_, {"photos", "-o", "parts", "--shard", shard}).exit_code, 0);
  }
  ASSERT_EQ(merge(folder_, {"parts", "-o", "whole", "--results", "csv,sqlite"}).exit_code, 0);
  ASSERT_EQ(merge(folder_, {"parts", "-o", "whole", "--overwrite"}).exit_code, 0);
  for (const char* file : {"results.csv", "results.sqlite"}) {
    EXPECT_FALSE(fs::exists(folder_.path() / "whole" / file));
  }
}

}  // namespace
}  // namespace saccade::test
