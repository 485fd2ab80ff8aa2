// Tests of the command line: help, version and wrong usage.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/saccade_program.h"

namespace saccade::test {
namespace {

TEST(CommandLine, VersionIsOneLineOnStandardOutput) {
  const ProcessResult result = run_saccade({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.out.starts_with("saccade 0.")) << result.out;
  EXPECT_EQ(lines(result.out).size(), 1u);
  EXPECT_EQ(result.err, "");
}

TEST(CommandLine, HelpGoesToStandardOutputAndFits80Columns) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--help"},
                                             {"-h"},
                                             {"attend", "--help"},
                                             {"classify", "--help"},
                                             {"classify", "-h"},
                                             {"inspect", "--help"},
                                             {"batch", "--help"},
                                             {"merge", "--help"},
                                             {"evaluate", "--help"},
                                             {"bench", "--help"},
                                             {"pull", "--help"},
                                             {"models", "--help"}}) {
    const ProcessResult result = run_saccade(arguments);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    EXPECT_NE(result.out.find("Usage:"), std::string::npos);
    EXPECT_NE(result.out.find("Examples:"), std::string::npos);
    for (const std::string& line : lines(result.out)) EXPECT_LE(line.size(), 80u) << line;
  }
}

TEST(CommandLine, VersionIsACommandAndAnOptionOfEachCommand) {
  const std::string version = run_saccade({"--version"}).out;
  EXPECT_EQ(run_saccade({"version"}).out, version);
  for (const char* command : {"classify", "batch", "merge", "attend", "evaluate", "evaluate-maps",
                              "inspect", "pull", "models", "bench", "help", "version"}) {
    const ProcessResult result = run_saccade({command, "--version"});
    EXPECT_EQ(result.exit_code, 0) << command;
    EXPECT_EQ(result.out, version) << command;
  }
}

TEST(CommandLine, VerboseVersionNamesTheCodecLibraries) {
  const std::string version = run_saccade({"--version"}).out;
  const std::string verbose = run_saccade({"version", "-v"}).out;
  EXPECT_EQ(run_saccade({"--version", "-v"}).out, verbose);
  EXPECT_TRUE(verbose.starts_with(version)) << verbose;
  EXPECT_NE(verbose.find("\nGIF: giflib ("), std::string::npos) << verbose;
  EXPECT_NE(verbose.find("\nHEIF: libheif ("), std::string::npos) << verbose;
}

TEST(CommandLine, HelpIsACommand) {
  EXPECT_EQ(run_saccade({"help"}).out, run_saccade({"--help"}).out);
  for (const char* command : {"classify", "batch", "merge", "attend", "evaluate", "evaluate-maps",
                              "inspect", "pull", "models", "bench", "help", "version"}) {
    const ProcessResult result = run_saccade({"help", command});
    EXPECT_EQ(result.exit_code, 0) << command;
    EXPECT_EQ(result.out, run_saccade({command, "--help"}).out) << command;
    EXPECT_TRUE(result.out.starts_with(std::string("Usage: saccade ") + command)) << result.out;
  }
}

TEST(CommandLine, HelpNamesEveryOption) {
  const std::string help = run_saccade({"classify", "--help"}).out;
  for (const char* option :
       {"-m, --model",  "-k, --topk",        "--format",      "-o, --output", "--threads",
        "--max-pixels", "-q, --quiet",       "-v, --verbose", "-h, --help",   "--output-type",
        "--activation", "--score-threshold", "--label-type",  "--img-size",   "--crop-pct",
        "--crop-mode",  "--interpolation",   "--mean",        "--std",        "--use-test-size",
        "--no-exif"}) {
    EXPECT_NE(help.find(option), std::string::npos) << option;
  }
}

struct Misuse {
  std::vector<std::string> arguments;
  std::string expected;  ///< part of the error message
};

/// Expects exit code 2, nothing on standard output, and one line that names the problem.
void expect_usage_errors(const std::vector<Misuse>& misuses) {
  for (const Misuse& misuse : misuses) {
    std::string command;
    for (const std::string& argument : misuse.arguments) command += ' ' + argument;
    SCOPED_TRACE("saccade" + command);
    const ProcessResult result = run_saccade(misuse.arguments);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(lines(result.err).size(), 1u) << result.err;
    EXPECT_TRUE(result.err.starts_with("saccade: error: ")) << result.err;
    EXPECT_NE(result.err.find(misuse.expected), std::string::npos) << result.err;
  }
}

TEST(UsageErrors, Commands) {
  expect_usage_errors({{{}, "saccade --help"},
                       {{"clasify", "x.png"}, "did you mean 'classify'? "},
                       {{"paint"}, "saccade --help"},
                       {{"-k", "3"}, "options follow a command"},
                       {{sample("cat.png")}, "saccade classify " + sample("cat.png")},
                       {{"classify"}, "saccade classify cat.png"},
                       {{"atend", "x.png"}, "did you mean 'attend'? "},
                       {{"attend"}, "saccade attend cat.png"},
                       {{"classify", "-k", "2"}, "no picture given"},
                       {{"help", "clasify"}, "did you mean 'classify'? "},
                       {{"help", "classify", "batch"}, "2 given"},
                       {{"versoin"}, "did you mean 'version'? "},
                       {{"version", "x"}, "version takes no argument"},
                       {{"inspect"}, "inspect takes one MODEL"},
                       {{"inspect", "a", "b"}, "2 given"}});
}

TEST(UsageErrors, Options) {
  expect_usage_errors(
      {{{"classify", "x.png", "--scroe-threshold", "1"}, "did you mean --score-threshold?"},
       {{"classify", "x.png", "--score", "1"}, "unknown option --score;"},
       {{"classify", "x.png", "-z"}, "classify --help"},
       {{"inspect", "x", "--topk=3"}, "inspect --help"},
       {{"classify", "x.png", "--topk"}, "--topk"},
       {{"classify", "x.png", "--format="}, "--format"},
       {{"classify", "x.png", "--quiet=1"}, "--quiet"},
       {{"classify", "x.png", "--output-type", "logit", "--activation", "softmax"}, "contradict"},
       {{"classify", "x.png", "--output-type", "logit", "--activation", "sigmoid"}, "contradict"},
       {{"classify", "x.png", "--output-type", "prob", "--activation", "none"}, "contradict"}});
}

TEST(UsageErrors, Values) {
  expect_usage_errors({{{"classify", "x.png", "-k", "0"}, "at least 1, found \"0\""},
                       {{"classify", "x.png", "-k", "-1"}, "found \"-1\""},
                       {{"classify", "x.png", "-k", "5x"}, "found \"5x\""},
                       {{"classify", "x.png", "--format", "xml"}, "one of text, json, jsonl, csv"},
                       {{"classify", "x.png", "--threads", "0"}, "from 1 to 1024"},
                       {{"classify", "x.png", "--max-pixels", "1e6"}, "--max-pixels"},
                       {{"classify", "x.png", "--score-threshold", "nan"}, "--score-threshold"},
                       {{"classify", "x.png", "--label-type", "words"}, "description, name, index"},
                       {{"classify", "x.png", "--img-size", "224x"}, "N or HxW"},
                       {{"classify", "x.png", "--img-size", "1x2x3"}, "N or HxW"},
                       {{"classify", "x.png", "--img-size", "99999"}, "16384"},
                       {{"classify", "x.png", "--crop-pct", "0"}, "--crop-pct"},
                       {{"classify", "x.png", "--crop-mode", "top"}, "center, squash or border"},
                       {{"classify", "x.png", "--interpolation", "cubic"}, "bicubic"},
                       {{"classify", "x.png", "--mean", "0.5,0.5"}, "R,G,B"},
                       {{"classify", "x.png", "--std", "0"}, "R,G,B"},
                       {{"inspect", "x", "--format", "csv"}, "one of text, json"}});
}

TEST(CommandLine, OptionsStandBeforeOrAfterPathsAndShortOnesTakeBothForms) {
  const std::string cat = sample("cat.png");
  const ProcessResult plain = run_saccade({"classify", "-q", "-k", "2", cat});
  EXPECT_EQ(plain.exit_code, 0);
  EXPECT_EQ(lines(plain.out).size(), 3u);
  EXPECT_EQ(run_saccade({"classify", cat, "-qk2"}).out, plain.out);
  EXPECT_EQ(run_saccade({"classify", cat, "--topk=2", "--quiet"}).out, plain.out);
}

TEST(CommandLine, TwoDashesEndTheOptions) {
  const ProcessResult result = run_saccade({"classify", "-q", "--", "-k.png"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_TRUE(result.err.starts_with("saccade: error: -k.png: ")) << result.err;
}

}  // namespace
}  // namespace saccade::test
