#include "app/predict/ranking.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace saccade {
namespace {

std::vector<int64_t> indices(const std::vector<ScoredClass>& ranked) {
  std::vector<int64_t> result;
  for (const ScoredClass& scored : ranked) result.push_back(scored.index);
  return result;
}

TEST(Rank, SoftmaxOfKnownLogits) {
  const std::vector<float> logits{std::log(1.0f), std::log(2.0f), std::log(5.0f)};
  const auto ranked = rank(logits, ScoreActivation::softmax, 3);
  EXPECT_EQ(indices(ranked), (std::vector<int64_t>{2, 1, 0}));
  EXPECT_NEAR(ranked[0].score, 5.0 / 8, 1e-7);
  EXPECT_NEAR(ranked[1].score, 2.0 / 8, 1e-7);
  EXPECT_NEAR(ranked[2].score, 1.0 / 8, 1e-7);
}

TEST(Rank, SoftmaxSurvivesHugeLogits) {
  const auto ranked = rank(std::vector<float>{3e38f, 3e38f, -3e38f}, ScoreActivation::softmax, 3);
  EXPECT_EQ(ranked[0].score, 0.5f);
  EXPECT_EQ(ranked[1].score, 0.5f);
  EXPECT_EQ(ranked[2].score, 0.0f);
}

TEST(Rank, SigmoidScoresEachClassAlone) {
  const auto ranked = rank(std::vector<float>{0, 2, -200}, ScoreActivation::sigmoid, 3);
  EXPECT_EQ(indices(ranked), (std::vector<int64_t>{1, 0, 2}));
  EXPECT_NEAR(ranked[0].score, 1 / (1 + std::exp(-2.0)), 1e-7);
  EXPECT_EQ(ranked[1].score, 0.5f);
  EXPECT_EQ(ranked[2].score, 0.0f);
}

TEST(Rank, NoneGivesTheLogits) {
  const auto ranked = rank(std::vector<float>{-1.5f, 7.25f}, ScoreActivation::none, 2);
  EXPECT_EQ(ranked[0].score, 7.25f);
  EXPECT_EQ(ranked[1].score, -1.5f);
}

TEST(Rank, EqualLogitsGoByIndex) {
  const auto ranked = rank(std::vector<float>{1, 3, 1, 3, 1}, ScoreActivation::softmax, 4);
  EXPECT_EQ(indices(ranked), (std::vector<int64_t>{1, 3, 0, 2}));
}

TEST(Rank, OrderIsThatOfLogitsWhereScoresSaturate) {
  const auto ranked = rank(std::vector<float>{50, 80}, ScoreActivation::sigmoid, 2);
  EXPECT_EQ(ranked[0].score, ranked[1].score);
  EXPECT_EQ(indices(ranked), (std::vector<int64_t>{1, 0}));
}

TEST(Rank, KIsClampedToTheClasses) {
  EXPECT_EQ(rank(std::vector<float>{1, 2}, ScoreActivation::none, 1).size(), 1u);
  EXPECT_EQ(rank(std::vector<float>{1, 2}, ScoreActivation::none, INT64_MAX).size(), 2u);
}

TEST(Rank, ThresholdKeepsWhatReachesIt) {
  const std::vector<float> logits{1, 2, 3};
  EXPECT_EQ(indices(rank(logits, ScoreActivation::none, 3, 2.0)), (std::vector<int64_t>{2, 1}));
  EXPECT_TRUE(rank(logits, ScoreActivation::softmax, 3, 1.0).empty());
}

}  // namespace
}  // namespace saccade
