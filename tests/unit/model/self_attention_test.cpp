#include "model/self_attention.h"

#include <gtest/gtest.h>

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

// softmax(Q K^T) V, one number at a time.
Attended plain_attention(const Inputs& in, const TokenShape& s, int64_t heads, int64_t d) {
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
          sum += row[size_t(t)] = std::exp(row[size_t(t)]);
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
    Values probs(wanted.probs.size(), NAN), mixed(wanted.mixed.size(), NAN);
    ScaledDotProduct attention(runtime, heads, d);
    attention(in.q.data(), in.k.data(), in.v.data(), shape, probs.data(), mixed.data());
    EXPECT_LE(relative_difference(probs, wanted.probs), 1e-5) << shape.tokens;
    EXPECT_LE(relative_difference(mixed, wanted.mixed), 1e-5) << shape.tokens;
  }
}

TEST(ScaledDotProduct, LargeScoresDoNotOverflow) {
  Runtime runtime;
  const TokenShape shape{1, 10, 10};
  const Inputs in = random_inputs(shape, 16, 40);
  Values probs(10 * 10), mixed(10 * 16);
  ScaledDotProduct attention(runtime, 1, 16);
  attention(in.q.data(), in.k.data(), in.v.data(), shape, probs.data(), mixed.data());
  for (size_t row = 0; row < 10; ++row) {
    float sum = 0;
    for (size_t i = 0; i < 10; ++i) sum += probs[row * 10 + i];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
}

}  // namespace
}  // namespace saccade
