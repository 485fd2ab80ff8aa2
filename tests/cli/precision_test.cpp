// Tests of the option --precision.
#include "model/kernels/precision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/cli/builtin_answers.h"
#include "tests/cli/runs.h"
#include "tests/support/temp_dir.h"

namespace saccade::test {
namespace {

/// Probabilities of the built-in model's classes.
std::vector<double> scores(const std::string& precision, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"classify",       "-q", "-k", "200", "--format", "json",
                                     sample("cat.png")};
  if (!precision.empty()) more.insert(more.end(), {"--precision", precision});
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProcessResult result = run_saccade(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::vector<double> by_class(kBuiltinClasses);
  const Json parsed = Json::parse(result.out);
  for (const Json& prediction : parsed[0]["predictions"]) {
    by_class.at(prediction["index"].get<size_t>()) = prediction["score"].get<double>();
  }
  return by_class;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

TEST(Precision, F32IsTheDefault) { EXPECT_EQ(scores(""), scores("f32")); }

TEST(Precision, OthersAreCloseButNotEqual) {
  const std::vector<double> exact = scores("f32");
  const double int8 = largest_difference(scores("int8"), exact);
  EXPECT_GT(int8, 0);
  EXPECT_LT(int8, 0.05);
  if (!is_possible(Precision::bf16)) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  const double bf16 = largest_difference(scores("bf16"), exact);
  EXPECT_GT(bf16, 0);
  EXPECT_LT(bf16, 0.02);
}

TEST(Precision, AutoIsBf16WhereTheProcessorHasIt) {
  EXPECT_EQ(scores("auto"), scores(is_native(Precision::bf16) ? "bf16" : "f32"));
}

TEST(Precision, Int8ReportsExcludedWeights) {
  const ProcessResult result =
      run_saccade({"classify", "--precision", "int8", "-k", "1", sample("cat.png")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find(" % of the multiplications by weights are kept out of it"),
            std::string::npos)
      << result.err;
}

TEST(Precision, GradientsAreNotInInt8) {
  const TempDir folder;
  struct Case {
    std::vector<std::string> options;
    bool noted;
  };
  for (const Case& c : {Case{{"--method", "relevance", "-o", "a"}, true},
                        Case{{"--method", "rollout", "-o", "b"}, false},
                        Case{{"--method", "rollout", "--html", "-o", "c"}, true}}) {
    std::vector<std::string> arguments{"attend", "--precision", "int8", sample("cat.png")};
    arguments.insert(arguments.end(), c.options.begin(), c.options.end());
    const ProcessResult result = run_in(folder, arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err.find("need gradients") != std::string::npos, c.noted) << result.err;
  }
}

// run.json names the precision of the records.
TEST(Precision, OverlaysWithGradientsAreNotInInt8) {
  const TempDir folder;
  const auto precision_with = [&](const std::string& overlays) {
    const ProcessResult result =
        run_in(folder, {"batch", "-q", "--precision", "int8", "--overlays=" + overlays,
                        sample("cat.png"), "-o", overlays});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const Json run = Json::parse(read_file(folder.path() / overlays / "run.json"));
    return run["settings"]["precision"].get<std::string>();
  };
  EXPECT_EQ(precision_with("rollout"), "int8");
  EXPECT_EQ(precision_with("relevance"), is_native(Precision::bf16) ? "bf16" : "f32");
}

// Makes oneDNN believe that the processor has no bf16 instructions, or slow ones; the latter gives
// a warning.
TEST(Precision, WithoutInstructionsItWarnsOrSaysWhatWorks) {
  for (const std::string precision : {"bf16", "int8"}) {
    ProcessOptions process;
    process.variables = {{"ONEDNN_MAX_CPU_ISA", "AVX2"}};
    const ProcessResult result =
        run_saccade({"classify", "--precision", precision, "-k", "1", sample("cat.png")}, process);
    if (result.exit_code == 0) {
      EXPECT_NE(result.err.find("no instructions for " + precision), std::string::npos)
          << result.err;
    } else {
      EXPECT_EQ(result.exit_code, 2);
      EXPECT_NE(result.err.find("f32 works"), std::string::npos) << result.err;
      EXPECT_EQ(precision, "bf16");
    }
  }
}

TEST(Precision, EveryCommandThatRunsAModelHasIt) {
  for (const std::string command :
       {"classify", "batch", "attend", "evaluate", "evaluate-maps", "bench"}) {
    EXPECT_NE(run_saccade({command, "--help"}).out.find("--precision"), std::string::npos)
        << command;
    const ProcessResult result = run_saccade({command, "x", "-o", "y", "--precision", "fp16"});
    EXPECT_EQ(result.exit_code, 2) << command;
  }
}

// Includes more threads than rows, and numbers that do not divide them. In int8, how rows are
// shared determines whether they are quantized directly for the next layer or go through bf16.
TEST(Precision, AnyNumberOfThreadsGivesTheSame) {
  for (const auto& [precision, tolerance] :
       {std::pair<std::string, double>("f32", 1e-5), {"int8", 0.01}}) {
    const std::vector<double> wanted = scores(precision, {"--threads", "1"});
    for (const std::string threads : {"3", "47", "263"}) {
      EXPECT_LT(largest_difference(scores(precision, {"--threads", threads}), wanted), tolerance)
          << threads << " threads in " << precision;
    }
  }
}

TEST(Precision, BatchEqualsClassify) {
  const TempDir folder;
  const ProcessResult result = run_in(
      folder, {"batch", "-q", "--precision", "int8", "-k", "200", sample("cat.png"), "-o", "out"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<Json> lines = records(folder.path() / "out/results.jsonl");
  ASSERT_EQ(lines.size(), 1u);
  const std::vector<double> wanted = scores("int8");
  for (const Json& prediction : lines[0]["predictions"]) {
    EXPECT_NEAR(prediction["score"].get<double>(), wanted.at(prediction["index"].get<size_t>()),
                1e-6);
  }
}

}  // namespace
}  // namespace saccade::test
