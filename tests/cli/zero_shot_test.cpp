// Tests of zero-shot classification and of label files.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kNames = "a cat\na cup\na rocket\na caf\xc3\xa9\nnothing\n";

std::string golden(const std::string& path) {
  return source_path("tests/golden/cases/" + path).string();
}

/// Arguments for a golden case, its class texts and five names.
std::vector<std::string> zero_shot(const std::string& command, const std::string& name,
                                   const fs::path& labels) {
  return {command,
          "-m",
          golden(name),
          "--classifier",
          golden(name + "/classifier.safetensors"),
          "--labels",
          labels.string(),
          sample("cat.png")};
}

std::vector<std::string> with(std::vector<std::string> arguments,
                              const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(ZeroShot, ClipScoresSumToOne) {
  const TempDir folder;
  const fs::path labels = folder.write("names.txt", kNames);
  const ProcessResult run =
      run_saccade(with(zero_shot("classify", "clip_zero_shot", labels), {"--format", "jsonl"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  double sum = 0;
  std::set<std::string> names;
  const Json record = Json::parse(run.out);
  for (const Json& found : record["predictions"]) {
    sum += found["score"].get<double>();
    names.insert(found["label"].get<std::string>());
  }
  EXPECT_NEAR(sum, 1, 1e-5);
  EXPECT_EQ(names,
            (std::set<std::string>{"a cat", "a cup", "a rocket", "a caf\xc3\xa9", "nothing"}));
}

TEST(ZeroShot, SiglipScoresEachTextIndependently) {
  const TempDir folder;
  const fs::path labels = folder.write("names.txt", kNames);
  const std::vector<std::string> arguments = zero_shot("classify", "siglip_zero_shot", labels);
  const auto scores = [&](const std::string& type) {
    const ProcessResult run =
        run_saccade(with(arguments, {"--format", "jsonl", "--output-type", type}));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    std::vector<double> found;
    const Json record = Json::parse(run.out);
    for (const Json& one : record["predictions"]) found.push_back(one["score"].get<double>());
    return found;
  };
  const std::vector<double> logits = scores("logit"), shares = scores("prob");
  ASSERT_EQ(logits.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(shares[i], 1 / (1 + std::exp(-logits[i])), 1e-5);
}

TEST(ZeroShot, MapsShowATextsEvidence) {
  const TempDir folder;
  const fs::path labels = folder.write("names.txt", kNames);
  for (const char* name : {"clip_zero_shot", "siglip_zero_shot"}) {
    const fs::path maps = folder.path() / name;
    const ProcessResult run = run_saccade(
        with(zero_shot("attend", name, labels), {"--class", "a rocket", "-o", maps.string()}));
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_FALSE(fs::is_empty(maps)) << name;
  }
}

TEST(ZeroShot, InspectShowsTheSourceOfClasses) {
  const TempDir folder;
  const fs::path labels = folder.write("names.txt", kNames);
  std::vector<std::string> arguments = zero_shot("inspect", "clip_zero_shot", labels);
  arguments.erase(arguments.begin() + 1);  // inspect takes the model only
  arguments.pop_back();
  const ProcessResult run = run_saccade(arguments);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  for (const char* fact : {"CLIP, zero-shot (transformers)", "classifier.safetensors", "names.txt",
                           "unit vector of 12 columns"}) {
    EXPECT_NE(run.out.find(fact), std::string::npos) << fact << " is not in\n" << run.out;
  }
}

TEST(ZeroShot, ResumingWithOtherTextsIsRefused) {
  const TempDir folder;
  const fs::path labels = folder.write("names.txt", kNames);
  const std::string out = (folder.path() / "out").string();
  const std::vector<std::string> arguments =
      with(zero_shot("batch", "clip_zero_shot", labels), {"-o", out});
  EXPECT_EQ(run_saccade(arguments).exit_code, 0);
  EXPECT_EQ(run_saccade(with(arguments, {"--resume"})).exit_code, 0);
  folder.write("names.txt", "a cat\na cup\na rocket\na cafe\nnothing\n");
  const ProcessResult other = run_saccade(with(arguments, {"--resume"}));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("labels_sha256"), std::string::npos) << other.err;
}

TEST(Labels, NameTheClassesOfAnyModel) {
  const TempDir folder;
  std::string names;
  for (int i = 0; i < 200; ++i) names += "name " + std::to_string(i) + "\r\n";
  const fs::path labels = folder.write("names.txt", names + "\n\n");
  const ProcessResult run =
      run_saccade({"classify", "-q", "-k", "200", "--labels", labels.string(), sample("cat.png")});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (int i = 0; i < 200; ++i) {
    EXPECT_NE(run.out.find("name " + std::to_string(i) + "\n"), std::string::npos) << run.out;
  }
}

TEST(Labels, MismatchesAreRefused) {
  const TempDir folder;
  const auto error_of = [&](const std::string& text) {
    const fs::path labels = folder.write("names.txt", text);
    const ProcessResult run =
        run_saccade({"classify", "--labels", labels.string(), sample("cat.png")});
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_EQ(lines(run.err).size(), 1u) << run.err;
    EXPECT_NE(run.err.find("names.txt"), std::string::npos) << run.err;
    return run.err;
  };
  std::string most;
  for (int i = 1; i < kBuiltinClasses; ++i) most += std::to_string(i) + "\n";
  EXPECT_NE(error_of(most).find("only 199 for 200 classes"), std::string::npos);
  EXPECT_NE(error_of(most + "200\n201").find("more than 200"), std::string::npos);
  EXPECT_NE(error_of("\n" + most).find("line 1 is empty"), std::string::npos);
  EXPECT_NE(error_of(most + "\xff").find("line 200 is not UTF-8"), std::string::npos);
  EXPECT_NE(error_of("").find("only 0"), std::string::npos);
  const ProcessResult none =
      run_saccade({"classify", "--labels", "nowhere.txt", sample("cat.png")});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("nowhere.txt"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace saccade::test
