#include "app/attend/attend_options.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "app/classify/classify_options.h"
#include "tests/support/expect_error.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

using test::expect_error;

AttendOptions parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "a.png");
  return attend_options(parse_arguments(attend_command(), arguments));
}

void expect_refused(const std::vector<std::string>& arguments,
                    std::initializer_list<std::string> facts) {
  std::string line;
  for (const std::string& argument : arguments) line += argument + ' ';
  SCOPED_TRACE(line);
  expect_error<UsageError>([&] { parse(arguments); }, facts);
}

TEST(AttendOptions, Defaults) {
  const AttendOptions options = parse({});
  EXPECT_EQ(options.paths, std::vector<std::string>{"a.png"});
  EXPECT_EQ(options.folder, ".");
  EXPECT_EQ(options.maps.methods, std::vector{MapMethod::saccade});
  EXPECT_EQ(options.maps.classes, "top");
  EXPECT_FALSE(options.maps.versus);
  EXPECT_EQ(options.maps.layers, LayerChoice::last);
  EXPECT_EQ(options.maps.heads, HeadChoice::mean);
  EXPECT_EQ(options.maps.rollout_fusion, HeadFusion::mean);
  EXPECT_EQ(options.maps.discard_ratio, 0);
  EXPECT_FALSE(options.maps.query);
  EXPECT_EQ(options.files.style.colormap, Colormap::turbo);
  EXPECT_EQ(options.files.style.alpha, 0.5);
  EXPECT_EQ(options.files.style.blend, Blend::constant);
  EXPECT_FALSE(options.files.style.contour);
  EXPECT_EQ(options.files.style.percentile, 99);
  EXPECT_EQ(options.files.extension, ".png");
  EXPECT_FALSE(options.files.caption);
  EXPECT_FALSE(options.files.panel);
  EXPECT_FALSE(options.html);
  EXPECT_FALSE(options.files.raw);
}

TEST(AttendOptions, EveryOptionArrives) {
  const AttendOptions options = parse({"-o",
                                       "out",
                                       "--method",
                                       "attention,relevance,rollout",
                                       "--class",
                                       "top3",
                                       "--versus",
                                       "cat",
                                       "--layer",
                                       "7",
                                       "--head",
                                       "2",
                                       "--query",
                                       "3,4",
                                       "--head-fusion",
                                       "max",
                                       "--discard-ratio",
                                       "0.9",
                                       "--colormap",
                                       "viridis",
                                       "--alpha",
                                       "0.25",
                                       "--blend",
                                       "scaled",
                                       "--contour",
                                       "--percentile",
                                       "90",
                                       "--panel",
                                       "--html",
                                       "--raw",
                                       "png16",
                                       "--image-format",
                                       "webp",
                                       "-k3",
                                       "--format",
                                       "jsonl"});
  EXPECT_EQ(options.folder, "out");
  EXPECT_EQ(options.maps.methods,
            (std::vector{MapMethod::attention, MapMethod::relevance, MapMethod::rollout}));
  EXPECT_EQ(options.maps.classes, "top3");
  EXPECT_EQ(options.maps.versus, "cat");
  EXPECT_EQ(options.maps.layers, LayerChoice::one);
  EXPECT_EQ(options.maps.layer, 7);
  EXPECT_EQ(options.maps.heads, HeadChoice::one);
  EXPECT_EQ(options.maps.head, 2);
  ASSERT_TRUE(options.maps.query);
  EXPECT_EQ(options.maps.query->row, 3);
  EXPECT_EQ(options.maps.query->col, 4);
  EXPECT_EQ(options.maps.rollout_fusion, HeadFusion::max);
  EXPECT_EQ(options.maps.discard_ratio, 0.9);
  EXPECT_EQ(options.files.style.colormap, Colormap::viridis);
  EXPECT_EQ(options.files.style.alpha, 0.25);
  EXPECT_EQ(options.files.style.blend, Blend::scaled);
  EXPECT_TRUE(options.files.style.contour);
  EXPECT_EQ(options.files.style.percentile, 90);
  EXPECT_TRUE(options.files.panel);
  EXPECT_TRUE(options.html);
  EXPECT_EQ(options.files.raw, RawFormat::png16);
  EXPECT_EQ(options.files.extension, ".webp");
  EXPECT_EQ(options.topk, 3);
  EXPECT_EQ(options.format, OutputFormat::jsonl);
}

TEST(AttendOptions, MethodsAreAListWithoutRepeats) {
  EXPECT_EQ(parse({"--method", "rollout,gradcam,rollout"}).maps.methods,
            (std::vector{MapMethod::rollout, MapMethod::gradcam}));
  const std::vector all{MapMethod::saccade, MapMethod::relevance, MapMethod::gradcam,
                        MapMethod::rollout, MapMethod::attention};
  EXPECT_EQ(parse({"--method", "all"}).maps.methods, all);
  EXPECT_EQ(parse({"--panel"}).maps.methods, all);
  EXPECT_EQ(parse({"--panel", "--method", "rollout"}).maps.methods,
            std::vector{MapMethod::rollout});
  EXPECT_EQ(parse({"--method", "all", "--query", "0,0"}).maps.methods.size(), 4u);
}

TEST(AttendOptions, CaptionsAreForSingleOverlays) {
  EXPECT_TRUE(parse({"--caption"}).files.caption);
  expect_refused({"--caption", "--panel"}, {"--caption", "--panel"});
  expect_refused({"-o", ""}, {"--output", "a folder"});
}

TEST(AttendOptions, WordsForLayersAndHeads) {
  const auto maps = [](const char* layer, const char* head) {
    return parse({"--method", "attention", "--layer", layer, "--head", head}).maps;
  };
  EXPECT_EQ(maps("all", "max").layers, LayerChoice::all);
  EXPECT_EQ(maps("all", "max").heads, HeadChoice::max);
  EXPECT_EQ(maps("last", "min").layers, LayerChoice::last);
  EXPECT_EQ(maps("last", "min").heads, HeadChoice::min);
  EXPECT_EQ(maps("0", "all").layer, 0);
  EXPECT_EQ(maps("0", "all").heads, HeadChoice::all);
}

TEST(AttendOptions, OptionsThatNoMethodUsesAreRefused) {
  expect_refused({"--layer", "1"}, {"--layer", "attention"});
  expect_refused({"--head", "1"}, {"--head", "attention"});
  expect_refused({"--head-fusion", "max"}, {"--head-fusion", "rollout"});
  expect_refused({"--discard-ratio", "0.5"}, {"--discard-ratio", "rollout"});
  expect_refused({"--method", "rollout", "--versus", "1"},
                 {"--versus", "saccade or relevance or gradcam"});
  expect_refused({"--method", "attention", "--class", "1"},
                 {"--class", "saccade or relevance or gradcam"});
  expect_refused({"--method", "relevance,gradcam", "--query", "1,1"}, {"--query", "gradcam"});
  EXPECT_NO_THROW(parse({"--method", "relevance,attention", "--layer", "1"}));
}

TEST(AttendOptions, BadValuesNameOptionWantedAndFound) {
  expect_refused({"--method", "lrp"},
                 {"--method", "saccade, relevance, gradcam, rollout, attention", "lrp"});
  expect_refused({"--method", "rollout,"}, {"--method", "\"\""});
  for (const char* bad : {"-1", "1.5", "x", "", "99999999999999999999"}) {
    expect_refused({"--method", "attention", "--layer=" + std::string(bad) + " "},
                   {"--layer", bad});
    expect_refused({"--method", "attention", "--head=" + std::string(bad) + " "}, {"--head", bad});
  }
  for (const char* bad : {"1", "1,2,3", "-1,2", "a,b", ","}) {
    expect_refused({"--query=" + std::string(bad)}, {"--query", "ROW,COL", bad});
  }
  expect_refused({"--method", "rollout", "--discard-ratio", "1"}, {"0 to 0.99"});
  expect_refused({"--alpha", "1.5"}, {"--alpha", "0 to 1"});
  expect_refused({"--percentile", "0"}, {"--percentile", "1 to 100"});
  expect_refused({"--colormap", "hot"}, {"turbo, viridis, inferno, jet, gray"});
  expect_refused({"--blend", "screen"}, {"constant, scaled"});
  expect_refused({"--raw", "txt"}, {"npy, png16"});
  expect_refused({"--image-format", "gif"}, {"png, jpg, webp"});
  expect_refused({"--format", "csv"}, {"--format", "text, json, jsonl"});
}

TEST(AttendOptions, AcceptsTheOptionsOfClassify) {
  std::set<std::string_view> names;
  for (const OptionGroup& group : attend_command().groups) {
    for (const OptionSpec& option : group.options) {
      EXPECT_TRUE(names.insert(option.name).second) << option.name << " is there twice";
    }
  }
  for (const OptionGroup& group : classify_command().groups) {
    if (group.title == "CSV") continue;  // a format that it does not have
    for (const OptionSpec& option : group.options) {
      if (option.name == "overwrite") continue;  // of a file; attend's -o is a folder
      EXPECT_TRUE(names.contains(option.name)) << option.name;
    }
  }
}

}  // namespace
}  // namespace saccade
