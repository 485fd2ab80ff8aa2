#include "model/explain/maps.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;
using Matrix = std::vector<std::vector<double>>;

constexpr int64_t kHeads = 3, kTokens = 7;  // a class token and 2 x 3 patches
constexpr ImageSize kGrid{2, 3};

VitDescription description(int64_t depth) {
  VitDescription vit;
  vit.dim = 6;
  vit.depth = depth;
  vit.attention.heads = kHeads;
  vit.head.classifiers = {{"head", 0}};
  return vit;
}

// Rows that sum to 1, like those of softmax: [count, T].
Values random_attention(int64_t count, unsigned seed) {
  Values values = random_values(size_t(count * kTokens), seed);
  for (int64_t row = 0; row < count; ++row) {
    float sum = 0;
    for (int64_t t = 0; t < kTokens; ++t) {
      float& value = values[size_t(row * kTokens + t)];
      sum += value = std::exp(value);
    }
    for (int64_t t = 0; t < kTokens; ++t) values[size_t(row * kTokens + t)] /= sum;
  }
  return values;
}

Matrix identity() {
  Matrix matrix(kTokens, std::vector<double>(kTokens, 0));
  for (size_t i = 0; i < kTokens; ++i) matrix[i][i] = 1;
  return matrix;
}

// One T x T matrix from `value(head, row, column)`, the mean over heads.
template <typename Value>
Matrix head_mean(const Value& value) {
  Matrix mean(kTokens, std::vector<double>(kTokens, 0));
  for (size_t h = 0; h < kHeads; ++h) {
    for (size_t i = 0; i < kTokens; ++i) {
      for (size_t j = 0; j < kTokens; ++j) mean[i][j] += double(value(h, i, j)) / kHeads;
    }
  }
  return mean;
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(kTokens, std::vector<double>(kTokens, 0));
  for (size_t i = 0; i < kTokens; ++i) {
    for (size_t j = 0; j < kTokens; ++j) {
      for (size_t k = 0; k < kTokens; ++k) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return c;
}

Values row_of(const Matrix& matrix, size_t row) { return {matrix[row].begin(), matrix[row].end()}; }

size_t at(size_t h, size_t i, size_t j) { return (h * kTokens + i) * kTokens + j; }

TEST(HeadRows, OfAMeanAreAllPatchesAlike) {
  VitDescription vit = description(1);
  vit.tokens.registers = 2;
  vit.pooling.kind = Pooling::patch_mean;
  EXPECT_EQ(head_rows(vit, 7), (Values{0, 0, 0, 0.25f, 0.25f, 0.25f, 0.25f}));
  EXPECT_EQ(drop_prefix(vit, head_rows(vit, 7)), (Values{0.25f, 0.25f, 0.25f, 0.25f}));
}

TEST(HeadRows, OfATokenBesideAMeanAreHalfOfEach) {
  VitDescription vit = description(1);
  vit.tokens.registers = 1;
  vit.pooling.kind = Pooling::token_and_patch_mean;
  EXPECT_EQ(head_rows(vit, 6), (Values{0.5f, 0, 0.125f, 0.125f, 0.125f, 0.125f}));
}

TEST(HeadRows, AreWhatTheClassifierReads) {
  VitDescription vit = description(1);
  EXPECT_EQ(head_rows(vit, 3), (Values{1, 0, 0}));
  vit.tokens.dist_token = true;
  vit.head.classifiers = {{"head", 0}, {"head_dist", 1}};
  EXPECT_EQ(head_rows(vit, 4), (Values{0.5f, 0.5f, 0, 0}));
  EXPECT_EQ(drop_prefix(vit, Values{1, 2, 3, 4}), (Values{3, 4}));
  EXPECT_EQ(patch_row(vit, {1, 2}, 0, 1), (Values{0, 0, 0, 1}));
}

TEST(AttentionRows, AreTheRowsThatWereAskedFor) {
  const Values attention = random_attention(2 * kHeads * kTokens, 1);  // two images
  AttentionRows rows(description(2), 2, {0, 0.25f, 0, 0.75f, 0, 0, 0}, {1});
  EXPECT_FALSE(rows.wants(Stage::attention, 0));
  EXPECT_FALSE(rows.wants(Stage::block, 1));
  ASSERT_TRUE(rows.wants(Stage::attention, 1));
  rows.see(Stage::attention, 1, attention);
  Values wanted(kTokens), largest(kTokens, 0), least(kTokens, 1);
  for (size_t h = 0; h < kHeads; ++h) {
    for (size_t t = 0; t < kTokens; ++t) {
      wanted[t] = 0.25f * attention[at(kHeads + h, 1, t)] + 0.75f * attention[at(kHeads + h, 3, t)];
      largest[t] = std::max(largest[t], wanted[t]);
      least[t] = std::min(least[t], wanted[t]);
    }
    const auto found = rows.row(1, 1, int64_t(h));
    EXPECT_LE(relative_difference({found.begin(), found.end()}, wanted), 1e-6);
  }
  EXPECT_LE(relative_difference(rows.fused(1, 1, HeadFusion::max), largest), 1e-6);
  EXPECT_LE(relative_difference(rows.fused(1, 1, HeadFusion::min), least), 1e-6);
}

TEST(Rollout, MultipliesTheLayers) {
  const VitDescription vit = description(3);
  Rollout rollout(vit, kTokens, 1);
  Matrix wanted = identity();
  for (int64_t layer = 0; layer < 3; ++layer) {
    const Values attention = random_attention(kHeads * kTokens, unsigned(layer));
    rollout.see(Stage::attention, layer, attention);
    Matrix mixed = head_mean([&](size_t h, size_t i, size_t j) { return attention[at(h, i, j)]; });
    for (size_t i = 0; i < kTokens; ++i) {
      for (size_t j = 0; j < kTokens; ++j) mixed[i][j] = (mixed[i][j] + double(i == j)) / 2;
    }
    wanted = product(mixed, wanted);
  }
  EXPECT_LE(relative_difference(rollout.row(0, head_rows(vit, kTokens)), row_of(wanted, 0)), 1e-6);
  EXPECT_LE(relative_difference(rollout.row(0, patch_row(vit, kGrid, 1, 2)), row_of(wanted, 6)),
            1e-6);
  // A second pass starts anew.
  const Values attention = random_attention(kHeads * kTokens, 9);
  for (int64_t layer = 0; layer < 3; ++layer) rollout.see(Stage::attention, layer, attention);
  const Values once = rollout.row(0, head_rows(vit, kTokens));
  for (int64_t layer = 0; layer < 3; ++layer) rollout.see(Stage::attention, layer, attention);
  EXPECT_EQ(rollout.row(0, head_rows(vit, kTokens)), once);
}

TEST(Rollout, DiscardsTheLowestValues) {
  const VitDescription vit = description(1);
  Rollout rollout(vit, kTokens, 1, HeadFusion::max, 0.9);
  Values attention(kHeads * kTokens * kTokens, 0.1f);
  for (size_t i = 0; i < 5; ++i) attention[at(2, 0, i + 1)] = 0.5f + 0.01f * float(i);
  rollout.see(Stage::attention, 0, attention);
  // 44 of 49 values go; of row 0 its five largest stay, beside the 1 of the identity.
  const double sum = 1 + 0.5 + 0.51 + 0.52 + 0.53 + 0.54;
  Values wanted{float(1 / sum)};
  for (int i = 0; i < 5; ++i) wanted.push_back(float((0.5 + 0.01 * i) / sum));
  wanted.push_back(0);
  EXPECT_LE(relative_difference(rollout.row(0, head_rows(vit, kTokens)), wanted), 1e-6);
}

TEST(Relevance, EqualsTheMatrixForm) {
  const VitDescription vit = description(3);
  std::vector<Values> attention, gradients;
  Matrix wanted = identity();
  for (unsigned layer = 0; layer < 3; ++layer) {
    const Values& a = attention.emplace_back(random_attention(kHeads * kTokens, layer));
    const Values& g = gradients.emplace_back(random_values(a.size(), 10 + layer));
    const Matrix mixed = head_mean([&](size_t h, size_t i, size_t j) {
      return std::max(0.0f, a[at(h, i, j)] * g[at(h, i, j)]);
    });
    const Matrix added = product(mixed, wanted);
    for (size_t i = 0; i < kTokens; ++i) {
      for (size_t j = 0; j < kTokens; ++j) wanted[i][j] += added[i][j];
    }
  }
  for (const size_t row : {size_t{0}, size_t{4}}) {
    Values rows(kTokens, 0);
    rows[row] = 1;
    Relevance relevance(vit, rows);
    for (size_t layer = 3; layer-- > 0;) {
      relevance.see(GradientStage::attention, int64_t(layer), attention[layer], gradients[layer]);
    }
    const auto found = relevance.row();
    EXPECT_LE(relative_difference({found.begin(), found.end()}, row_of(wanted, row)), 1e-6);
  }
}

TEST(GradCam, WeighsChannelsByTheirMeanGradient) {
  const VitDescription vit = description(2);
  const auto D = static_cast<size_t>(vit.dim);
  const Values values = random_values(kTokens * D, 1), gradients = random_values(kTokens * D, 2);
  GradCam grad_cam(vit);
  EXPECT_TRUE(grad_cam.wants(GradientStage::norm1, 1));
  EXPECT_FALSE(grad_cam.wants(GradientStage::norm1, 0));
  EXPECT_FALSE(grad_cam.wants(GradientStage::attention, 1));
  grad_cam.see(GradientStage::norm1, 1, values, gradients);
  Values wanted(kTokens);
  for (size_t t = 0; t < kTokens; ++t) {
    double sum = 0;
    for (size_t c = 0; c < D; ++c) {
      double mean = 0;
      for (size_t p = 1; p < kTokens; ++p) mean += double(gradients[p * D + c]) / (kTokens - 1);
      sum += mean * double(values[t * D + c]);
    }
    wanted[t] = float(std::max(sum, 0.0));
  }
  const auto found = grad_cam.row();
  EXPECT_LE(relative_difference({found.begin(), found.end()}, wanted), 1e-5);
}

}  // namespace
}  // namespace saccade
