// Tests of `saccade classify`: results in every format and on every stream.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/saccade_program.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The argument @file.
std::string list_argument(const fs::path& file) { return std::string("@").append(file.string()); }

/// Classifies the sample cat with the built-in model, quietly and on one thread.
ProcessResult classify_cat(std::vector<std::string> options, const ProcessOptions& process = {}) {
  options.insert(options.begin(), {"classify", "-q", "--threads", "1", sample("cat.png")});
  return run_saccade(options, process);
}

Json one_record(const ProcessResult& result) {
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(lines(result.out).size(), 1u);
  return Json::parse(result.out);
}

TEST(Classify, TextIsTheFileAndAlignedScoresWithLabels) {
  const ProcessResult result = run_saccade({"classify", sample("coffee.png"), "-k", "3"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, kBuiltinNote);
  const auto text = lines(result.out);
  ASSERT_EQ(text.size(), 4u);
  EXPECT_EQ(text[0], sample("coffee.png"));
  for (size_t i = 1; i < text.size(); ++i) {
    EXPECT_EQ(text[i].substr(8, 3), "%  ") << text[i];
    const double percent = std::stod(text[i]);
    EXPECT_TRUE(percent > 0 && percent < 100) << text[i];
  }
}

TEST(Classify, QuietLeavesStandardErrorEmpty) {
  const ProcessResult result = classify_cat({});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
}

TEST(Classify, OutputIsDeterministic) {
  for (const char* format : {"text", "json", "jsonl", "csv"}) {
    const ProcessResult first = classify_cat({"--format", format});
    EXPECT_NE(first.out, "");
    EXPECT_EQ(classify_cat({"--format", format}).out, first.out);
  }
}

TEST(Classify, JsonLinesRecordHasItsKeysInOrder) {
  const Json record = one_record(classify_cat({"--format", "jsonl"}));
  std::vector<std::string> keys;
  for (const auto& [key, value] : record.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"file", "model", "predictions"}));
  EXPECT_EQ(record["file"], sample("cat.png"));
  EXPECT_EQ(record["model"], "built-in");
  ASSERT_EQ(record["predictions"].size(), 5u);
  double previous = 1;
  for (const Json& prediction : record["predictions"]) {
    keys.clear();
    for (const auto& [key, value] : prediction.items()) keys.push_back(key);
    EXPECT_EQ(keys, (std::vector<std::string>{"index", "label", "score"}));
    EXPECT_LE(prediction["score"].get<double>(), previous);
    previous = prediction["score"];
  }
}

TEST(Classify, JsonIsAnArrayThatStaysValidWhenPicturesFail) {
  const ProcessResult result =
      run_saccade({"classify", "-q", "no.png", sample("cat.png"), "none.png", "--format", "json"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(lines(result.err).size(), 2u) << result.err;
  const Json array = Json::parse(result.out);
  ASSERT_EQ(array.size(), 3u);
  EXPECT_EQ(array[0]["file"], "no.png");
  EXPECT_TRUE(array[0]["predictions"].empty());
  EXPECT_NE(array[0]["error"].get<std::string>(), "");
  EXPECT_EQ(array[1]["predictions"].size(), 5u);
  EXPECT_FALSE(array[1].contains("error"));
}

TEST(Classify, CsvQuotesAndKeepsFailedPictures) {
  const TempDir folder;
  fs::copy(sample("cat.png"), folder.path() / "a \"b\", c.png");
  ProcessOptions process;
  process.folder = folder.path();
  const ProcessResult result = run_saccade(
      {"classify", "-q", "a \"b\", c.png", "no.png", "-k", "2", "--format", "csv"}, process);
  EXPECT_EQ(result.exit_code, 3);
  const auto rows = lines(result.out);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0], "file,rank,index,label,score,error");
  EXPECT_TRUE(rows[1].starts_with("\"a \"\"b\"\", c.png\",1,")) << rows[1];
  EXPECT_TRUE(rows[2].starts_with("\"a \"\"b\"\", c.png\",2,")) << rows[2];
  EXPECT_TRUE(rows[3].starts_with("no.png,,,,,")) << rows[3];
}

TEST(Classify, AllFormatsAgree) {
  const Json record = one_record(classify_cat({"-k", "1", "--format", "jsonl"}));
  const Json& best = record["predictions"][0];
  const std::string csv = lines(classify_cat({"-k", "1", "--format", "csv"}).out)[1];
  const std::string label = best["label"];
  const std::string cell = label.find(',') == label.npos ? label : '"' + label + '"';
  EXPECT_TRUE(
      csv.ends_with(",1," + best["index"].dump() + ',' + cell + ',' + best["score"].dump() + ','))
      << csv;
  const std::string text = lines(classify_cat({"-k", "1"}).out)[1];
  EXPECT_TRUE(text.ends_with("  " + label)) << text;
  EXPECT_NEAR(std::stod(text), best["score"].get<double>() * 100, 0.0051);
}

TEST(Classify, TopkIsClampedAndProbabilitiesSumToOne) {
  for (const char* k : {"201", "99999999999999999999"}) {
    const Json clamped = one_record(classify_cat({"-k", k, "--format", "jsonl"}));
    EXPECT_EQ(clamped["predictions"].size(), size_t(kBuiltinClasses)) << k;
  }
  const Json record = one_record(classify_cat({"-k", "1000", "--format", "jsonl"}));
  ASSERT_EQ(record["predictions"].size(), size_t(kBuiltinClasses));
  double sum = 0;
  for (const Json& prediction : record["predictions"]) sum += prediction["score"].get<double>();
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(Classify, ActivationsAreFunctionsOfTheLogits) {
  const auto scores = [](std::vector<std::string> options) {
    options.insert(options.end(), {"-k", "200", "--format", "jsonl"});
    return one_record(classify_cat(options))["predictions"];
  };
  const Json logits = scores({"--output-type", "logit"});
  EXPECT_EQ(scores({"--activation", "none"}), logits);
  EXPECT_EQ(scores({"--activation", "none", "--output-type", "logit"}), logits);
  const Json sigmoid = scores({"--activation", "sigmoid"});
  const Json softmax = scores({});
  double sum = 0;
  for (const Json& entry : logits) sum += std::exp(entry["score"].get<double>());
  for (size_t i = 0; i < logits.size(); ++i) {
    const double logit = logits[i]["score"];
    EXPECT_NEAR(sigmoid[i]["score"], 1 / (1 + std::exp(-logit)), 1e-6);
    EXPECT_NEAR(softmax[i]["score"], std::exp(logit) / sum, 1e-6);
  }
}

TEST(Classify, ScoreThresholdLeavesOutButLosesNoPicture) {
  const Json all = one_record(classify_cat({"--format", "jsonl"}));
  const double best = all["predictions"][0]["score"];
  const double second = all["predictions"][1]["score"];
  const std::string between = std::to_string((best + second) / 2);
  const Json some = one_record(classify_cat({"--format", "jsonl", "--score-threshold", between}));
  EXPECT_EQ(some["predictions"].size(), 1u);
  const auto none = classify_cat({"--format", "csv", "--score-threshold", "1.5"});
  EXPECT_EQ(lines(none.out)[1], sample("cat.png") + ",,,,,");
  EXPECT_EQ(classify_cat({"--score-threshold", "-1e30", "-k", "200"}).exit_code, 0);
}

TEST(Classify, LabelTypes) {
  const Json index = one_record(classify_cat({"--label-type", "index", "--format", "jsonl"}));
  for (const Json& prediction : index["predictions"]) {
    EXPECT_EQ(prediction["label"], std::to_string(prediction["index"].get<int>()));
  }
  // The built-in model's short names are synsets.
  const Json name = one_record(classify_cat({"--label-type", "name", "--format", "jsonl"}));
  for (const Json& prediction : name["predictions"]) {
    EXPECT_TRUE(prediction["label"].get<std::string>().starts_with("n0")) << prediction;
  }
}

TEST(Classify, PreprocessingOptionsReachTheModel) {
  const std::string plain = classify_cat({"--format", "csv"}).out;
  for (const std::vector<std::string>& options :
       std::vector<std::vector<std::string>>{{"--img-size", "96"},
                                             {"--img-size", "32x48"},
                                             {"--crop-pct", "0.7"},
                                             {"--crop-mode", "squash"},
                                             {"--crop-mode", "border"},
                                             {"--interpolation", "nearest"},
                                             {"--mean", "0.4"},
                                             {"--std", "0.3,0.2,0.25"}}) {
    std::vector<std::string> arguments = options;
    arguments.insert(arguments.end(), {"--format", "csv"});
    const ProcessResult result = classify_cat(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out, plain) << options[0];
  }
}

TEST(Classify, OrientationIsAppliedUnlessNoExif) {
  const std::string picture =
      source_path("tests/unit/vision/data/decode/orientation_6.jpg").string();
  const ProcessResult upright = run_saccade({"classify", "-q", picture, "--format", "csv"});
  const ProcessResult stored =
      run_saccade({"classify", "-q", picture, "--format", "csv", "--no-exif"});
  EXPECT_EQ(upright.exit_code, 0) << upright.err;
  EXPECT_EQ(stored.exit_code, 0);
  EXPECT_NE(upright.out, stored.out);
}

TEST(Classify, MaxPixelsRefusesAndNamesTheOption) {
  const ProcessResult result = classify_cat({"--max-pixels", "1000"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("--max-pixels"), std::string::npos) << result.err;
}

TEST(Classify, VerbosePrintsStagesAndPrimitives) {
  const ProcessResult result = classify_cat({"-v", "--threads", "1"});
  EXPECT_EQ(result.exit_code, 0);
  for (const char* part :
       {"load", "threads: 1", "decode", "preprocess", "forward", "oneDNN", "blocks.*.mlp.fc1"}) {
    EXPECT_NE(result.err.find(part), std::string::npos) << part << " in " << result.err;
  }
  for (const std::string& line : lines(result.err)) {
    EXPECT_TRUE(line.starts_with("saccade: ")) << line;
  }
}

TEST(Classify, ListsComeFromFilesAndStandardInput) {
  const TempDir folder;
  const std::string paths = sample("cat.png") + "\r\n\r\n" + sample("rocket.jpg") + "\r\n";
  const fs::path list = folder.write("list.txt", paths);
  const ProcessResult direct =
      run_saccade({"classify", "-q", sample("cat.png"), sample("rocket.jpg")});
  EXPECT_EQ(direct.exit_code, 0);
  EXPECT_EQ(run_saccade({"classify", "-q", list_argument(list)}).out, direct.out);
  ProcessOptions process;
  process.input = paths;
  EXPECT_EQ(run_saccade({"classify", "-q", "-"}, process).out, direct.out);
}

TEST(Classify, UnusableListsAreUsageErrors) {
  const TempDir folder;
  for (const std::string& list :
       {list_argument(folder.path() / "missing.txt"), list_argument(folder.path()),
        list_argument(folder.write("empty.txt", "\n\n")), list_argument(sample("cat.png"))}) {
    const ProcessResult result = run_saccade({"classify", "-q", list});
    EXPECT_EQ(result.exit_code, 2) << list;
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  }
  EXPECT_EQ(run_saccade({"classify", "-q", "-"}).exit_code, 2);
}

TEST(Classify, OutputFileReplacesAnOlderOne) {
  const TempDir folder;
  const fs::path file =
      folder.write("results.csv", "file,rank,index,label,score,error\n" + std::string(10000, 'x'));
  const ProcessResult result = classify_cat({"--format", "csv", "-o", file.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(read_file(file), classify_cat({"--format", "csv"}).out);
}

TEST(Classify, UnwritableOutputFailsBeforeAnyInference) {
  const TempDir folder;
  const ProcessResult result = classify_cat({"-o", (folder.path() / "no" / "where").string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
  EXPECT_NE(result.err.find("-o"), std::string::npos) << result.err;
}

TEST(Classify, OutputDoesNotOverwriteInputs) {
  const TempDir folder;
  const fs::path picture = folder.path() / "cat.png";
  fs::copy(sample("cat.png"), picture);
  const fs::path list = folder.write("list.txt", picture.string());
  const fs::path weights = folder.write("model.safetensors", "precious");
  fs::create_symlink(picture, folder.path() / "link");
  for (const std::string& output :
       {picture.string(), list.string(), weights.string(), (folder.path() / "link").string()}) {
    const std::string before = read_file(output);
    const ProcessResult result =
        run_saccade({"classify", "-q", picture.string(), list_argument(list), "-o", output});
    EXPECT_EQ(result.exit_code, 2) << output;
    EXPECT_EQ(read_file(output), before);
  }
}

TEST(Classify, FailedWritesAreErrors) {
  ProcessOptions process;
  process.out = Stdout::full_disk;
  for (const char* format : {"text", "json", "csv"}) {
    const ProcessResult result = classify_cat({"--format", format}, process);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
    EXPECT_NE(result.err.find("standard output"), std::string::npos) << result.err;
  }
  EXPECT_EQ(run_saccade({"--version"}, process).exit_code, 1);
  EXPECT_EQ(classify_cat({"-o", "/dev/full"}).exit_code, 1);
}

TEST(Classify, ColourOnlyOnATerminalThatWantsIt) {
  ProcessOptions terminal;
  terminal.out = Stdout::terminal;
  terminal.variables = {{"NO_COLOR", ""}, {"TERM", "xterm"}};
  EXPECT_NE(classify_cat({}, terminal).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(classify_cat({"--format", "csv"}, terminal).out.find('\x1b'), std::string::npos);
  EXPECT_EQ(classify_cat({}).out.find('\x1b'), std::string::npos);
  terminal.variables = {{"NO_COLOR", "1"}, {"TERM", "xterm"}};
  EXPECT_EQ(classify_cat({}, terminal).out.find('\x1b'), std::string::npos);
  terminal.variables = {{"NO_COLOR", ""}, {"TERM", "dumb"}};
  EXPECT_EQ(classify_cat({}, terminal).out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace saccade::test
