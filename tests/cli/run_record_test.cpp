// Tests of a run.json that is damaged, and of what it says about the machine.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/shards.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

TEST(RunRecord, ADamagedOneIsRefusedAndTheResultsAreNotLost) {
  const TempDir folder;
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  const std::vector<std::string> resume{"batch", "photos", "-o", "out", "--resume"};
  ASSERT_EQ(run_in(folder, resume).exit_code, 0);
  const std::string whole = read_file(folder.path() / "out/results.jsonl");
  for (const std::string& damaged :
       {std::string(), std::string("{\"settings\":"), std::string("[]"),
        std::string(300'000, '[') + std::string(300'000, ']')}) {
    folder.write("out/run.json", damaged);
    const ProcessResult refused = run_in(folder, resume);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_NE(refused.err.find("out/run.json: is empty or damaged"), std::string::npos)
        << refused.err;
    EXPECT_NE(refused.err.find("remove this file and use --resume"), std::string::npos);
    const ProcessResult merged = merge(folder, {"out", "-o", "whole"});
    EXPECT_EQ(merged.exit_code, 2);
    EXPECT_NE(merged.err.find("out/run.json: is empty or damaged"), std::string::npos);
  }
  fs::remove(folder.path() / "out/run.json");
  const ProcessResult resumed = run_in(folder, resume);
  EXPECT_EQ(resumed.exit_code, 0);
  EXPECT_NE(resumed.err.find("its 1 records are taken to be of the settings given now"),
            std::string::npos)
      << resumed.err;
  EXPECT_EQ(read_file(folder.path() / "out/results.jsonl"), whole);
  EXPECT_TRUE(fs::exists(folder.path() / "out/run.json"));
}

TEST(RunRecord, ResultsOfAnotherModelAreNotContinued) {
  const TempDir folder;
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  ASSERT_EQ(run_in(folder, {"batch", "-q", "photos", "-o", "out"}).exit_code, 0);
  fs::remove(folder.path() / "out/run.json");
  const ProcessResult refused =
      run_in(folder, {"batch", "-q", "photos", "-o", "out", "--resume", "-m",
                      source_path("weights/builtin-model").string()});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("holds results of the model built-in and no run.json"),
            std::string::npos)
      << refused.err;
}

TEST(RunRecord, SaysNothingOfTheMachineOnDemand) {
  const TempDir folder;
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  folder.write("photos/broken.png", "no picture");
  const std::string photos = (folder.path() / "photos").string();
  const std::string model = source_path("weights/builtin-model").string();
  const std::vector<std::string> batch{"batch",      "-q",       photos,        "-o",
                                       "out",        "-m",       model,         "--results",
                                       "csv,sqlite", "--report", "--no-machine"};
  ASSERT_EQ(run_in(folder, batch).exit_code, 3);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const Json record = run_json(folder, "out");
  EXPECT_TRUE(record["command"].is_null());
  EXPECT_TRUE(record["working_folder"].is_null());
  EXPECT_TRUE(record["host"]["name"].is_null());
  for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "out")) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read_file(entry.path());
    for (const std::string& secret :
         {folder.path().string(), fs::path(model).parent_path().string(),
          '"' + std::string(host.data()) + '"'}) {
      EXPECT_EQ(text.find(secret), std::string::npos) << entry.path() << " has " << secret;
    }
  }
  std::vector<std::string> resumed = batch;
  resumed.push_back("--resume");
  EXPECT_EQ(run_in(folder, resumed).exit_code, 3);
}

}  // namespace
}  // namespace saccade::test
