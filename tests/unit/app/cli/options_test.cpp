#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/classify/classify_options.h"
#include "app/inspect/inspect_options.h"
#include "tests/support/expect_error.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

using test::expect_error;

ClassifyOptions parse(const std::vector<std::string>& arguments) {
  return classify_options(parse_arguments(classify_command(), arguments));
}

TEST(ClassifyOptions, Defaults) {
  const ClassifyOptions options = parse({"a.png"});
  EXPECT_EQ(options.paths, std::vector<std::string>{"a.png"});
  EXPECT_FALSE(options.model);
  EXPECT_EQ(options.topk, 5);
  EXPECT_EQ(options.format, OutputFormat::text);
  EXPECT_FALSE(options.output);
  EXPECT_FALSE(options.activation);
  EXPECT_FALSE(options.score_threshold);
  EXPECT_EQ(options.label_type, LabelType::description);
  EXPECT_FALSE(options.threads);
  EXPECT_EQ(options.max_pixels, 200'000'000u);
  EXPECT_FALSE(options.quiet);
  EXPECT_FALSE(options.verbose);
  EXPECT_FALSE(options.overrides.img_size);
  EXPECT_TRUE(options.overrides.apply_exif);
}

TEST(ClassifyOptions, GeneralAndScoreOptionsArrive) {
  const ClassifyOptions options = parse({"-m",
                                         "dir",
                                         "-k7",
                                         "a.png",
                                         "--format",
                                         "csv",
                                         "-o",
                                         "out.csv",
                                         "--threads",
                                         "3",
                                         "--activation",
                                         "sigmoid",
                                         "--score-threshold",
                                         "-0.5",
                                         "--label-type",
                                         "name",
                                         "--max-pixels",
                                         "1000",
                                         "-",
                                         "-qv"});
  EXPECT_EQ(options.paths, (std::vector<std::string>{"a.png", "-"}));
  EXPECT_EQ(options.model, "dir");
  EXPECT_EQ(options.topk, 7);
  EXPECT_EQ(options.format, OutputFormat::csv);
  EXPECT_EQ(options.output, "out.csv");
  EXPECT_EQ(options.threads, 3);
  EXPECT_EQ(options.activation, ScoreActivation::sigmoid);
  EXPECT_EQ(options.score_threshold, -0.5);
  EXPECT_EQ(options.label_type, LabelType::name);
  EXPECT_EQ(options.max_pixels, 1000u);
  EXPECT_TRUE(options.quiet);
  EXPECT_TRUE(options.verbose);
}

TEST(ClassifyOptions, PreprocessingOptionsArrive) {
  const RecipeOverrides overrides =
      parse({"a.png", "--img-size", "224x336", "--crop-pct", "0.9", "--crop-mode", "border",
             "--interpolation", "lanczos", "--mean", "0.5", "--std", "0.1,0.2,0.3",
             "--use-test-size", "--no-exif"})
          .overrides;
  EXPECT_EQ(overrides.img_size, (ImageSize{224, 336}));
  EXPECT_EQ(overrides.crop_pct, 0.9);
  EXPECT_EQ(overrides.crop_mode, CropMode::border);
  EXPECT_EQ(overrides.interpolation, Interpolation::lanczos);
  EXPECT_EQ(overrides.mean, (std::array<double, 3>{0.5, 0.5, 0.5}));
  EXPECT_EQ(overrides.std, (std::array<double, 3>{0.1, 0.2, 0.3}));
  EXPECT_TRUE(overrides.use_test_size);
  EXPECT_FALSE(overrides.apply_exif);
}

TEST(ClassifyOptions, OneNumberForImgSizeIsASquare) {
  EXPECT_EQ(parse({"a.png", "--img-size", "384"}).overrides.img_size, (ImageSize{384, 384}));
}

TEST(ClassifyOptions, TheLastOfARepeatedOptionCounts) {
  EXPECT_EQ(parse({"a.png", "-k", "3", "--topk", "4"}).topk, 4);
}

TEST(ClassifyOptions, LogitMeansNoActivation) {
  EXPECT_EQ(parse({"a", "--output-type", "logit"}).activation, ScoreActivation::none);
  EXPECT_EQ(parse({"a", "--output-type", "logit", "--activation", "none"}).activation,
            ScoreActivation::none);
  EXPECT_EQ(parse({"a", "--output-type", "prob"}).activation, std::nullopt);
  EXPECT_EQ(parse({"a", "--output-type", "prob", "--activation", "sigmoid"}).activation,
            ScoreActivation::sigmoid);
  for (const auto& [type, activation] : std::vector<std::pair<std::string, std::string>>{
           {"logit", "softmax"}, {"logit", "sigmoid"}, {"prob", "none"}}) {
    expect_error<UsageError>(
        [&] {
          parse({"a", "--output-type", type, "--activation", activation});
        },
        {type, activation, "contradict"});
  }
}

TEST(ClassifyOptions, BadValuesNameOptionWantedAndFound) {
  expect_error<UsageError>([] { parse({"a", "-k", "0"}); }, {"--topk", "at least 1", "\"0\""});
  expect_error<UsageError>([] { parse({"a", "--mean", "1,2"}); }, {"--mean", "R,G,B", "\"1,2\""});
  expect_error<UsageError>([] { parse({"a", "--mean", "1,2,"}); }, {"--mean", "\"1,2,\""});
  expect_error<UsageError>([] { parse({"a", "--std", "1,0,1"}); }, {"--std", "\"1,0,1\""});
  expect_error<UsageError>([] { parse({"a", "--crop-pct", "inf"}); }, {"--crop-pct", "\"inf\""});
  expect_error<UsageError>([] { parse({"a", "--img-size", "0"}); }, {"--img-size", "\"0\""});
  expect_error<UsageError>([] { parse({"a", "--format", "yaml\n"}); }, {"\"yaml\\n\"", "jsonl"});
}

TEST(InspectOptions, TakesOneModelAndTheOverrides) {
  const InspectOptions options = inspect_options(
      parse_arguments(inspect_command(), {"dir", "--format=json", "--crop-mode=squash"}));
  EXPECT_EQ(options.model, "dir");
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.overrides.crop_mode, CropMode::squash);
}

TEST(ParseArguments, LongOptionsAreNotGuessed) {
  expect_error<UsageError>(
      [] {
        parse({"a", "--score=1"});
      },
      {"unknown option --score", "--score-threshold"});
}

TEST(HelpText, WrapsAt80ColumnsAndKeepsEveryWord) {
  const std::string longest(70, 'w');
  const std::string about = "one two " + longest + " three";
  const CommandSpec command{"x", "PATH", about, {{"Options", {{"opt", 'o', "N", about}}}}, "end\n"};
  EXPECT_EQ(help_text(command), "Usage: saccade x PATH\n\none two " + longest +
                                    "\nthree\n\nOptions:\n  -o, --opt N" + std::string(15, ' ') +
                                    "one two\n" + std::string(28, ' ') + longest + "\n" +
                                    std::string(28, ' ') + "three\n\nend\n");
}

TEST(Nearest, PrefixesAndFewEdits) {
  const std::vector<std::string_view> words{"topk", "threads", "score-threshold"};
  EXPECT_EQ(closest_match("score", words), "score-threshold");
  EXPECT_EQ(closest_match("tokp", words), "topk");
  EXPECT_EQ(closest_match("treads", words), "threads");
  EXPECT_EQ(closest_match("score-treshhold", words), "score-threshold");
  EXPECT_EQ(closest_match("colour", words), std::nullopt);
  EXPECT_EQ(closest_match("t", words), std::nullopt);
  EXPECT_EQ(closest_match("", words), std::nullopt);
}

}  // namespace
}  // namespace saccade
