#include "app/evaluate/accuracy.h"

#include <gtest/gtest.h>

#include <vector>

#include "app/evaluate/accuracy_report.h"

namespace saccade {
namespace {

/// Four pictures of class 0, two of class 1, one of class 4; class 3 is only predicted.
AccuracyCount some_answers() {
  AccuracyCount count;
  const auto add = [&](int64_t truth, std::vector<int64_t> best, double confidence) {
    count.add(truth, best, confidence);
  };
  add(0, {0, 1}, 0.95);
  add(0, {0, 1}, 0.99);
  add(0, {1, 0}, 0.5);
  add(0, {3, 1}, 0.55);
  add(1, {1, 0}, 0.6);
  add(1, {3, 1}, 0.52);
  add(4, {0, 1}, 0.05);
  return count;
}

TEST(Accuracy, CountsTopOneAndTopK) {
  const AccuracyCount count = some_answers();
  EXPECT_EQ(count.pictures(), 7);
  EXPECT_EQ(count.top1(), 3);
  EXPECT_EQ(count.topk(), 5);
}

TEST(Accuracy, MeasuresEachClass) {
  const auto classes = some_answers().classes();
  ASSERT_EQ(classes.size(), 4u);
  EXPECT_EQ(classes[0].index, 0);
  EXPECT_EQ(classes[0].pictures, 4);
  EXPECT_EQ(classes[0].predicted, 3);
  EXPECT_EQ(classes[0].correct, 2);
  EXPECT_DOUBLE_EQ(*classes[0].precision, 2.0 / 3);
  EXPECT_DOUBLE_EQ(*classes[0].recall, 0.5);
  EXPECT_DOUBLE_EQ(classes[0].f1, 4.0 / 7);
  EXPECT_DOUBLE_EQ(*classes[1].precision, 0.5);
  EXPECT_DOUBLE_EQ(*classes[1].recall, 0.5);
  EXPECT_EQ(classes[2].index, 3);
  EXPECT_DOUBLE_EQ(*classes[2].precision, 0);
  EXPECT_FALSE(classes[2].recall);
  EXPECT_EQ(classes[3].index, 4);
  EXPECT_FALSE(classes[3].precision);
  EXPECT_DOUBLE_EQ(*classes[3].recall, 0);
  EXPECT_DOUBLE_EQ(classes[3].f1, 0);
}

TEST(Accuracy, MeansAreOfTheClassesThatHavePictures) {
  const auto classes = some_answers().classes();
  const Means means = macro_means(classes);
  EXPECT_DOUBLE_EQ(means.precision, (2.0 / 3 + 0.5 + 0) / 3);
  EXPECT_DOUBLE_EQ(means.recall, (0.5 + 0.5 + 0) / 3);
  EXPECT_DOUBLE_EQ(means.f1, (4.0 / 7 + 0.5 + 0) / 3);
}

TEST(Accuracy, ListsEveryPairByIndex) {
  const auto pairs = some_answers().confusions();
  std::vector<std::vector<int64_t>> found;
  for (const Confusion& pair : pairs) found.push_back({pair.truth, pair.predicted, pair.count});
  EXPECT_EQ(found, (std::vector<std::vector<int64_t>>{
                       {0, 0, 2}, {0, 1, 1}, {0, 3, 1}, {1, 1, 1}, {1, 3, 1}, {4, 0, 1}}));
}

// Bins of 1/15: 0.05 | 0.5, 0.52 in (7/15, 8/15] | 0.55, 0.6 in (8/15, 9/15] | 0.95, 0.99.
TEST(Accuracy, CalibrationErrorIsTheMeanGapOfTheBins) {
  const Calibration calibration = some_answers().calibration();
  ASSERT_EQ(calibration.bins.size(), 15u);
  EXPECT_EQ(calibration.bins[0].count, 1);
  EXPECT_EQ(calibration.bins[7].count, 2);
  EXPECT_EQ(calibration.bins[8].count, 2);
  EXPECT_EQ(calibration.bins[14].count, 2);
  EXPECT_EQ(calibration.bins[1].count, 0);
  EXPECT_DOUBLE_EQ(calibration.bins[7].confidence, 0.51);
  EXPECT_DOUBLE_EQ(calibration.bins[7].accuracy, 0);
  EXPECT_DOUBLE_EQ(calibration.bins[8].accuracy, 0.5);
  EXPECT_DOUBLE_EQ(calibration.bins[14].low, 14.0 / 15);
  EXPECT_DOUBLE_EQ(calibration.bins[14].high, 1);
  EXPECT_NEAR(calibration.error, (0.05 + 2 * 0.51 + 2 * 0.075 + 2 * 0.03) / 7, 1e-12);
  EXPECT_NEAR(calibration.confidence, (0.95 + 0.99 + 0.5 + 0.55 + 0.6 + 0.52 + 0.05) / 7, 1e-12);
}

TEST(Accuracy, NoConfidenceFallsOutOfTheBins) {
  AccuracyCount count;
  const std::vector<int64_t> best{0};
  for (const double confidence : {0.0, 1.0, 1.0000001}) count.add(0, best, confidence);
  const Calibration calibration = count.calibration();
  EXPECT_EQ(calibration.bins.front().count, 1);
  EXPECT_EQ(calibration.bins.back().count, 2);
}

// Computed by hand for 8 of 10; for none and all, the ends are z² / (n + z²) and its complement.
TEST(Accuracy, WilsonInterval) {
  const Interval some = wilson_interval(8, 10);
  EXPECT_NEAR(some.low, 0.490162, 1e-6);
  EXPECT_NEAR(some.high, 0.943318, 1e-6);
  const double z2 = 1.959963984540054 * 1.959963984540054;
  EXPECT_EQ(wilson_interval(0, 5).low, 0);
  EXPECT_NEAR(wilson_interval(0, 5).high, z2 / (5 + z2), 1e-12);
  EXPECT_NEAR(wilson_interval(5, 5).low, 5 / (5 + z2), 1e-12);
  EXPECT_EQ(wilson_interval(5, 5).high, 1);
}

AccuracyResult result_of(AccuracyCount count) {
  return {.model = "m",
          .input = "in",
          .scheme = ClassScheme::label,
          .best = 2,
          .count = std::move(count),
          .failures = {{"bad.jpg", "bad.jpg: broken"}},
          .outside = 3,
          .skipped = 0,
          .unreadable_folders = 0,
          .labels = {{"cat", "dog", "owl", "a\tb", "fox"}, {}},
          .settings = {}};
}

TEST(AccuracyReport, TextHasTheWorstFirst) {
  const std::string text = accuracy_as_text(result_of(some_answers()), false);
  EXPECT_NE(text.find("m: 7 pictures of 3 classes, named by label\n"), text.npos) << text;
  EXPECT_NE(text.find("top-1        42.86 %   3 of 7, 95 % interval 15.82 to 74.95 %\n"), text.npos)
      << text;
  EXPECT_NE(text.find("top-2        71.43 %   5 of 7\n"), text.npos) << text;
  EXPECT_NE(
      text.find("not counted: 1 picture without an answer (see the errors); 3 pictures outside "
                "class folders\n"),
      text.npos)
      << text;
  EXPECT_NE(text.find("   0.000          -    0.000         1  fox\n"
                      "   0.500      0.500    0.500         2  dog\n"
                      "   0.571      0.667    0.500         4  cat\n"),
            text.npos)
      << text;
  EXPECT_NE(text.find("1  cat -> a\\tb\n"), text.npos) << text;
}

TEST(AccuracyReport, TextShowsTenOrAll) {
  AccuracyCount count;
  for (int64_t i = 0; i < 12; ++i) {
    const std::vector<int64_t> best{(i + 1) % 12};
    count.add(i, best, 0.5);
  }
  const std::string some = accuracy_as_text(result_of(count), false);
  EXPECT_NE(some.find("classes, worst F1 first, 10 of 12\n"), some.npos) << some;
  EXPECT_NE(some.find("most often first, 10 of 12\n"), some.npos) << some;
  const std::string all = accuracy_as_text(result_of(count), true);
  EXPECT_NE(all.find("classes, worst F1 first\n"), all.npos) << all;
  EXPECT_NE(all.find("11 -> cat\n"), all.npos) << all;
}

}  // namespace
}  // namespace saccade
