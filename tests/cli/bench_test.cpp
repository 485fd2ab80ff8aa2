// Tests of `saccade bench`.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"

namespace saccade::test {
namespace {

using Json = nlohmann::ordered_json;

ProcessResult bench(std::vector<std::string> arguments, const std::string& input = "") {
  arguments.insert(arguments.begin(), "bench");
  ProcessOptions process;
  process.input = input;
  return run_saccade(arguments, process);
}

std::vector<std::string> members(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(Bench, JsonHasAllMembers) {
  const ProcessResult result =
      bench({"-b", "2,1", "--seconds", "0.2", "--threads", "1", "--format", "json", "--profile"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, kBuiltinNote);
  const Json json = Json::parse(result.out);
  EXPECT_EQ(members(json), (std::vector<std::string>{"model", "input", "precision",
                                                     "gflop_per_image", "threads", "streams", "cpu",
                                                     "saccade", "onednn", "load_ms", "batches"}));
  EXPECT_EQ(json["model"], "built-in");
  EXPECT_EQ(json["input"], Json::parse("[64,64]"));
  EXPECT_EQ(json["precision"], "f32");
  EXPECT_EQ(json["threads"], 1);
  ASSERT_EQ(json["batches"].size(), 2u);
  for (const Json& batch : json["batches"]) {
    EXPECT_EQ(members(batch), (std::vector<std::string>{
                                  "batch", "passes", "median_ms", "p90_ms", "p99_ms", "min_ms",
                                  "images_per_s", "gflop_per_s", "reference_gflop_per_s", "share",
                                  "activation_bytes", "peak_bytes", "profile"}));
    EXPECT_GT(batch["min_ms"], 0);
    EXPECT_LE(batch["min_ms"], batch["median_ms"]);
    EXPECT_LE(batch["median_ms"], batch["p90_ms"]);
    EXPECT_LE(batch["p90_ms"], batch["p99_ms"]);
    EXPECT_GT(batch["share"], 0);
    EXPECT_GT(batch["peak_bytes"], 1'000'000);
    ASSERT_EQ(batch["profile"].size(), 8u);
    for (const Json& layer : batch["profile"]) {
      EXPECT_EQ(layer["implementations"].empty(), layer["layer"] == "norm") << layer;
    }
  }
  EXPECT_EQ(json["batches"][0]["batch"], 2);
}

TEST(Bench, TextIsATable) {
  const ProcessResult result = bench(
      {"-q", "--arch", "vit_tiny_patch32_224", "-b", "1", "--seconds", "0", "--threads", "1"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const std::vector<std::string> text = lines(result.out);
  ASSERT_EQ(text.size(), 5u) << result.out;
  EXPECT_TRUE(text[0].starts_with("vit_tiny_patch32_224, random weights: 224 x 224 pixels, "));
  EXPECT_NE(text[1].find("; threads: 1, streams: 1; oneDNN "), std::string::npos) << text[1];
  EXPECT_NE(text[3].find("median ms"), std::string::npos);
  EXPECT_TRUE(text[4].starts_with("    1 ")) << text[4];
}

TEST(Bench, StreamsShareTheThreads) {
  const ProcessResult result = bench({"-q", "-b", "1", "--seconds", "0.2", "--threads", "3",
                                      "--streams", "2", "--format", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["streams"], 2);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_FALSE(json["batches"][0].contains("profile"));
}

TEST(Bench, OnRequestAnswersLineByLine) {
  const ProcessResult result =
      bench({"-q", "-b", "1", "--threads", "1", "--on-request"}, "0\n0.05\n");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<std::string> answers = lines(result.out);
  ASSERT_EQ(answers.size(), 3u) << result.out;
  const Json ready = Json::parse(answers[0]);
  EXPECT_EQ(ready["ready"], true);
  EXPECT_EQ(ready["logits"].size(), 4u);
  EXPECT_EQ(Json::parse(answers[1])["passes"], 1);
  EXPECT_GT(Json::parse(answers[2])["median_ms"], 0);

  const ProcessResult bad = bench({"-q", "-b", "1", "--threads", "1", "--on-request"}, "soon\n");
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_NE(bad.err.find("seconds of a round"), std::string::npos) << bad.err;
}

TEST(Bench, RefusesInvalidOptions) {
  const ProcessResult unknown = bench({"--arch", "vit_base_patch16_225"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("vit_base_patch16_224"), std::string::npos) << unknown.err;
  EXPECT_EQ(bench({"-b", "0"}).exit_code, 2);
  EXPECT_EQ(bench({"--streams", "2", "--threads", "1"}).exit_code, 2);
  EXPECT_EQ(bench({"cat.png"}).exit_code, 2);
  EXPECT_EQ(bench({"-m", "nowhere"}).exit_code, 1);
  const ProcessResult help = bench({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("--arch"), std::string::npos);
}

}  // namespace
}  // namespace saccade::test
