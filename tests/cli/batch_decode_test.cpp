// Tests of `saccade batch --decode`.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;

ProcessResult batch(const TempDir& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"batch", "-q", "--threads", "1", "-k", "200", "photos"});
  return run_in(folder, arguments);
}

std::vector<std::string> results(const TempDir& folder, const std::string& name) {
  return lines(read_file(folder.path() / name / "results.jsonl"));
}

/// The built-in model's score of a class.
double score(const std::string& line, int index) {
  const Json record = Json::parse(line);
  for (const Json& prediction : record["predictions"]) {
    if (prediction["index"] == index) return prediction["score"];
  }
  ADD_FAILURE() << "no class " << index << " in " << line;
  return 0;
}

// The model takes 64 x 64 pixels, so the 640 x 427 JPEG is decoded at a half of its size.
TEST(BatchDecode, FastChangesLargeJpegsALittle) {
  const TempDir folder;
  folder.write("photos/cat.png", read_file(sample("cat.png")));
  folder.write("photos/rocket.jpg", read_file(sample("rocket.jpg")));
  for (const std::string how : {"exact", "fast"}) {
    EXPECT_EQ(batch(folder, {"-o", how, "--decode", how}).exit_code, 0);
    const Json record = Json::parse(read_file(folder.path() / how / "run.json"));
    EXPECT_EQ(record["settings"]["decode"], how);
  }
  EXPECT_EQ(batch(folder, {"-o", "default"}).exit_code, 0);
  const auto exact = results(folder, "exact"), fast = results(folder, "fast");
  EXPECT_EQ(results(folder, "default"), exact);
  ASSERT_EQ(exact.size(), 2u);
  ASSERT_EQ(fast.size(), 2u);
  EXPECT_EQ(fast[0], exact[0]);
  EXPECT_NE(fast[1], exact[1]);
  for (int index = 0; index < kBuiltinClasses; ++index) {
    EXPECT_NEAR(score(fast[1], index), score(exact[1], index), 0.05);
  }
}

TEST(BatchDecode, AResumedRunMustUseTheSame) {
  const TempDir folder;
  folder.write("photos/rocket.jpg", read_file(sample("rocket.jpg")));
  EXPECT_EQ(batch(folder, {"-o", "out", "--decode", "fast"}).exit_code, 0);
  EXPECT_EQ(batch(folder, {"-o", "out", "--decode", "fast", "--resume"}).exit_code, 0);
  const ProcessResult changed = batch(folder, {"-o", "out", "--resume"});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_NE(changed.err.find("other settings (decode: "), std::string::npos) << changed.err;
}

TEST(BatchDecode, RefusesOtherValues) {
  const TempDir folder;
  const ProcessResult result = batch(folder, {"-o", "out", "--decode", "quick"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("--decode"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("exact, fast"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace saccade::test
