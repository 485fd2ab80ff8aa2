#include "model/layers/differential_attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

constexpr int64_t kHeads = 2, kDim = 6;  // of a head; its halves have 3
constexpr float kLambda = 0.3f;

// A1 and A2 of one image, [2 H, Q, T], one number at a time, as a function of q and k, which have
// halves of heads side by side: [Q, 2 H, d / 2], [T, 2 H, d / 2].
std::vector<double> plain_halves(const Values& q, const Values& k, int64_t Q, int64_t T) {
  const int64_t d = kDim / 2, columns = kHeads * kDim;
  std::vector<double> all;
  for (int64_t half = 0; half < 2 * kHeads; ++half) {
    for (int64_t row = 0; row < Q; ++row) {
      std::vector<double> powers;
      double sum = 0;
      for (int64_t t = 0; t < T; ++t) {
        double score = 0;
        for (int64_t i = half * d; i < (half + 1) * d; ++i) {
          score += double(q[size_t(row * columns + i)]) * double(k[size_t(t * columns + i)]);
        }
        powers.push_back(std::exp(score / std::sqrt(double(d))));
        sum += powers.back();
      }
      for (const double power : powers) all.push_back(power / sum);
    }
  }
  return all;
}

// A1 - λ A2, [H, Q, T].
std::vector<double> plain_difference(const std::vector<double>& halves, int64_t each) {
  std::vector<double> difference;
  for (int64_t h = 0; h < kHeads; ++h) {
    for (int64_t i = 0; i < each; ++i) {
      difference.push_back(halves[size_t(2 * h * each + i)] -
                           double(kLambda) * halves[size_t((2 * h + 1) * each + i)]);
    }
  }
  return difference;
}

struct Inputs {
  Values q, k, v;  // [Q, D], [T, D], [T, D]
  Values qkv;      // [3, H, T, d], as the layer before lays them out
};

Inputs random_inputs(int64_t Q, int64_t T) {
  const int64_t D = kHeads * kDim;
  Inputs in{random_values(size_t(Q * D), 1), random_values(size_t(T * D), 2),
            random_values(size_t(T * D), 3), Values(size_t(3 * T * D), NAN)};
  const auto lay = [&](const Values& rows, HeadOffset::Which which, int64_t heads) {
    const int64_t d = D / heads;
    const HeadOffset place{heads, T, d};
    for (int64_t i = 0; i < std::ssize(rows); ++i) {
      const int64_t row = i / D, column = i % D;
      in.qkv[size_t(place(which, 0, column / d) + row * d + column % d)] = rows[size_t(i)];
    }
  };
  lay(in.q, HeadOffset::q, 2 * kHeads);
  lay(in.k, HeadOffset::k, 2 * kHeads);
  lay(in.v, HeadOffset::v, kHeads);
  return in;
}

TEST(DifferentialAttention, EqualsPlainLoops) {
  Runtime runtime;
  DifferentialAttention attention(kHeads, kDim, FloatType::f32, kLambda);
  for (const TokenShape& shape : {TokenShape{1, 17, 17}, TokenShape{1, 17, 2}}) {
    const int64_t T = shape.tokens, Q = shape.queries, D = kHeads * kDim;
    Inputs in = random_inputs(Q, T);
    const std::vector<double> wanted_halves = plain_halves(in.q, in.k, Q, T);
    const std::vector<double> difference = plain_difference(wanted_halves, Q * T);
    Values wanted(size_t(Q * D), 0);
    for (int64_t h = 0; h < kHeads; ++h) {
      for (int64_t row = 0; row < Q; ++row) {
        for (int64_t i = h * kDim; i < (h + 1) * kDim; ++i) {
          double sum = 0;
          for (int64_t t = 0; t < T; ++t) {
            sum += difference[size_t((h * Q + row) * T + t)] * double(in.v[size_t(t * D + i)]);
          }
          wanted[size_t(row * D + i)] = float(sum);
        }
      }
    }
    Values probs(difference.size(), NAN), halves(wanted_halves.size(), NAN);
    Values mixed(wanted.size(), NAN), again(mixed);
    attention(in.qkv.data(), shape, {.probs = probs.data(), .halves = halves.data()}, mixed.data(),
              runtime);
    EXPECT_LE(relative_difference(probs, Values(difference.begin(), difference.end())), 1e-5);
    EXPECT_LE(relative_difference(halves, Values(wanted_halves.begin(), wanted_halves.end())),
              1e-5);
    EXPECT_LE(relative_difference(mixed, wanted), 1e-5);
    attention(in.qkv.data(), shape, {}, again.data(), runtime);
    EXPECT_EQ(again, mixed);
  }
}

// Against the slope of sum(dprobs * (A1 - λ A2)).
TEST(DifferentialAttention, BackwardIsTheSlope) {
  Runtime runtime;
  DifferentialAttention attention(kHeads, kDim, FloatType::f32, kLambda);
  const TokenShape shape{1, 7, 3};
  const int64_t T = shape.tokens, Q = shape.queries;
  Inputs in = random_inputs(Q, T);
  const std::vector<double> plain = plain_halves(in.q, in.k, Q, T);
  Values halves(plain.begin(), plain.end()), dhalves(halves.size(), NAN);
  Values dprobs = random_values(size_t(kHeads * Q * T), 4);
  Values dq(in.q.size(), NAN), dk(in.k.size(), NAN);
  attention.backward({in.qkv.data(), nullptr, halves.data()}, shape,
                     {dprobs.data(), dhalves.data(), dhalves.data(), dq.data(), dk.data()},
                     runtime);

  const auto target = [&] {
    const std::vector<double> all = plain_difference(plain_halves(in.q, in.k, Q, T), Q * T);
    double sum = 0;
    for (size_t i = 0; i < all.size(); ++i) sum += all[i] * double(dprobs[i]);
    return sum;
  };
  for (auto [values, found] : {std::pair(&in.q, &dq), std::pair(&in.k, &dk)}) {
    Values wanted;
    for (float& value : *values) {
      const float kept = value;
      value = kept + 0.01f;
      const double above = target(), right = value;
      value = kept - 0.01f;
      wanted.push_back(float((above - target()) / (right - double(value))));
      value = kept;
    }
    EXPECT_LE(relative_difference(*found, wanted), 1e-3);
  }
}

}  // namespace
}  // namespace saccade
