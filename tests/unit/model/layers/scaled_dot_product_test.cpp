#include "model/layers/scaled_dot_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "model/kernels/convert.h"
#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

struct Attended {
  Values probs;  // [B, H, Q, T]
  Values mixed;  // [B, Q, H * d]
};

struct Inputs {
  Values q;     // [B, Q, H, d]
  Values k, v;  // [B, T, H, d]
};

Inputs random_inputs(const TokenShape& s, int64_t columns, float deviation) {
  return {random_values(size_t(s.batch * s.queries * columns), 1, deviation),
          random_values(size_t(s.batch * s.tokens * columns), 2, deviation),
          random_values(size_t(s.batch * s.tokens * columns), 3)};
}

// As Block lays them out: [B, 3, H, T, d].
Values by_head(const Inputs& in, const TokenShape& s, int64_t heads, int64_t d) {
  const HeadOffset place{heads, s.tokens, d};
  Values qkv(size_t(s.batch * 3 * heads * s.tokens * d), NAN);
  const auto lay = [&](const Values& rows, HeadOffset::Which which, int64_t count) {
    for (int64_t i = 0; i < std::ssize(rows); ++i) {
      const int64_t column = i % (heads * d), row = i / (heads * d);
      qkv[size_t(place(which, row / count, column / d) + row % count * d + column % d)] =
          rows[size_t(i)];
    }
  };
  lay(in.q, HeadOffset::q, s.queries);
  lay(in.k, HeadOffset::k, s.tokens);
  lay(in.v, HeadOffset::v, s.tokens);
  return qkv;
}

// softmax(Q K^T / √d + bias) V, one number at a time. bias [H, T, T], or empty.
Attended plain_attention(const Inputs& in, const TokenShape& s, int64_t heads, int64_t d,
                         const Values& bias = {}) {
  const int64_t D = heads * d;
  const auto at = [&](const Values& rows, int64_t row, int64_t h, int64_t i) {
    return double(rows[size_t(row * D + h * d + i)]);
  };
  Attended out;
  out.mixed.assign(size_t(s.batch * s.queries * D), 0);
  for (int64_t b = 0; b < s.batch; ++b) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t q = 0; q < s.queries; ++q) {
        std::vector<double> row(size_t(s.tokens), 0);
        double sum = 0;
        for (int64_t t = 0; t < s.tokens; ++t) {
          for (int64_t i = 0; i < d; ++i) {
            row[size_t(t)] += at(in.q, b * s.queries + q, h, i) * at(in.k, b * s.tokens + t, h, i);
          }
          const double more = bias.empty() ? 0 : bias[size_t((h * s.tokens + q) * s.tokens + t)];
          sum += row[size_t(t)] = std::exp(row[size_t(t)] / std::sqrt(double(d)) + more);
        }
        for (int64_t t = 0; t < s.tokens; ++t) {
          const double p = row[size_t(t)] / sum;
          out.probs.push_back(float(p));
          for (int64_t i = 0; i < d; ++i) {
            out.mixed[size_t((b * s.queries + q) * D + h * d + i)] +=
                float(p * at(in.v, b * s.tokens + t, h, i));
          }
        }
      }
    }
  }
  return out;
}

TEST(ScaledDotProduct, EqualsPlainLoops) {
  struct Size {
    int64_t heads, d;
    TokenShape shape;
  };
  Runtime runtime;
  for (const Size& size :
       {Size{3, 64, {1, 197, 197}}, Size{3, 64, {1, 197, 1}}, Size{3, 64, {2, 197, 1}},
        Size{2, 12, {3, 17, 17}}, Size{2, 12, {3, 17, 2}}, Size{1, 7, {2, 5, 5}},
        Size{12, 64, {2, 50, 50}}}) {
    const auto& [heads, d, shape] = size;
    const Inputs in = random_inputs(shape, heads * d, 0.5f);
    const Attended wanted = plain_attention(in, shape, heads, d);
    Values probs(wanted.probs.size(), NAN), mixed(wanted.mixed.size(), NAN), again(mixed);
    Values qkv = by_head(in, shape, heads, d);
    ScaledDotProduct attention(heads, d, FloatType::f32);
    attention(qkv.data(), shape, {probs.data()}, mixed.data(), runtime);
    EXPECT_LE(relative_difference(probs, wanted.probs), 1e-5) << shape.tokens;
    EXPECT_LE(relative_difference(mixed, wanted.mixed), 1e-5) << shape.tokens;
    attention(qkv.data(), shape, {}, again.data(), runtime);
    EXPECT_EQ(again, mixed) << shape.tokens;
  }
}

TEST(ScaledDotProduct, AddsABias) {
  Runtime runtime;
  for (const TokenShape& shape :
       {TokenShape{2, 197, 197}, TokenShape{2, 197, 1}, TokenShape{3, 17, 2}}) {
    const Inputs in = random_inputs(shape, 3 * 16, 0.5f);
    Values bias = random_values(size_t(3 * shape.tokens * shape.tokens), 4);
    const Attended wanted = plain_attention(in, shape, 3, 16, bias);
    Values probs(wanted.probs.size(), NAN), mixed(wanted.mixed.size(), NAN), again(mixed);
    Values qkv = by_head(in, shape, 3, 16);
    const auto shared = std::make_shared<Buffer>(bias.size());
    std::copy(bias.begin(), bias.end(), shared->data());
    ScaledDotProduct attention(3, 16, FloatType::f32, shared);
    attention(qkv.data(), shape, {probs.data()}, mixed.data(), runtime);
    EXPECT_LE(relative_difference(probs, wanted.probs), 1e-5) << shape.tokens;
    EXPECT_LE(relative_difference(mixed, wanted.mixed), 1e-5) << shape.tokens;
    attention(qkv.data(), shape, {}, again.data(), runtime);
    EXPECT_EQ(again, mixed) << shape.tokens;
  }
}

// Rounded operands and probabilities: an error of 2^-8 each, of which most cancel.
TEST(ScaledDotProduct, IsNearInBf16) {
  if (!is_possible(Precision::bf16)) GTEST_SKIP() << "no bf16 in this oneDNN without AVX-512";
  Runtime runtime;
  for (const TokenShape& shape : {TokenShape{2, 197, 197}, TokenShape{2, 197, 1}}) {
    const Inputs in = random_inputs(shape, 3 * 64, 0.5f);
    const Attended wanted = plain_attention(in, shape, 3, 64);
    Values qkv = by_head(in, shape, 3, 64);
    FloatBuffer narrow(qkv.size(), FloatType::bf16), mixed(wanted.mixed.size(), FloatType::bf16);
    convert(qkv.data(), std::ssize(qkv), narrow);
    ScaledDotProduct attention(3, 64, FloatType::bf16);
    attention(narrow, shape, {}, mixed, runtime);
    Values found(wanted.mixed.size(), NAN);
    convert(mixed, std::ssize(found), found.data());
    EXPECT_LE(relative_difference(found, wanted.mixed), 0.01) << shape.queries;
  }
}

TEST(ScaledDotProduct, LargeScoresDoNotOverflow) {
  Runtime runtime;
  const TokenShape shape{1, 10, 10};
  const Inputs in = random_inputs(shape, 16, 40);
  Values probs(10 * 10), mixed(10 * 16);
  Values qkv = by_head(in, shape, 1, 16);
  ScaledDotProduct attention(1, 16, FloatType::f32);
  attention(qkv.data(), shape, {probs.data()}, mixed.data(), runtime);
  for (size_t row = 0; row < 10; ++row) {
    float sum = 0;
    for (size_t i = 0; i < 10; ++i) sum += probs[row * 10 + i];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

}  // namespace
}  // namespace saccade
