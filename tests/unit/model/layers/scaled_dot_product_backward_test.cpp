#include "model/layers/scaled_dot_product_backward.h"

#include <gtest/gtest.h>

#include "model/layers/scaled_dot_product.h"
#include "tests/unit/model/plain_loops.h"

namespace saccade {
namespace {

using namespace test;

// Gradients of sum(dmixed * mixed), one number at a time, in double.
struct PlainGradients {
  Values probs;   // [H, Q, T]
  Values dprobs;  // [H, Q, T]
  Values dq;      // [Q, D]
  Values dk, dv;  // [T, D]
};

struct Sizes {
  int64_t heads, d, tokens, queries;
};

class PlainAttention {
 public:
  PlainAttention(const Sizes& s, const Values& q, const Values& k, const Values& v,
                 const Values& dmixed)
      : s_(s), D_(s.heads * s.d), q_(q), k_(k), v_(v), dmixed_(dmixed) {
    out.dq.assign(q.size(), 0);
    out.dk.assign(k.size(), 0);
    out.dv.assign(v.size(), 0);
    for (int64_t h = 0; h < s.heads; ++h) {
      for (int64_t i = 0; i < s.queries; ++i) query(h, i);
    }
  }
  PlainGradients out;

 private:
  double at(const Values& rows, int64_t row, int64_t h, int64_t c) const {
    return double(rows[size_t(row * D_ + h * s_.d + c)]);
  }

  void query(int64_t h, int64_t i) {
    std::vector<double> p(size_t(s_.tokens), 0), dp(size_t(s_.tokens), 0);
    double sum = 0, mean = 0;
    for (int64_t t = 0; t < s_.tokens; ++t) {
      for (int64_t c = 0; c < s_.d; ++c) {
        p[size_t(t)] += at(q_, i, h, c) * at(k_, t, h, c);
        dp[size_t(t)] += at(dmixed_, i, h, c) * at(v_, t, h, c);
      }
      sum += p[size_t(t)] = std::exp(p[size_t(t)] * scale_);
    }
    for (double& value : p) value /= sum;
    for (int64_t t = 0; t < s_.tokens; ++t) mean += p[size_t(t)] * dp[size_t(t)];
    for (int64_t t = 0; t < s_.tokens; ++t) {
      out.probs.push_back(float(p[size_t(t)]));
      out.dprobs.push_back(float(dp[size_t(t)]));
      const double ds = scale_ * p[size_t(t)] * (dp[size_t(t)] - mean);
      for (int64_t c = 0; c < s_.d; ++c) {
        const auto in_query = size_t(i * D_ + h * s_.d + c),
                   in_token = size_t(t * D_ + h * s_.d + c);
        out.dv[in_token] += float(p[size_t(t)] * double(dmixed_[in_query]));
        out.dq[in_query] += float(ds * double(k_[in_token]));
        out.dk[in_token] += float(ds * double(q_[in_query]));
      }
    }
  }

  Sizes s_;
  int64_t D_;
  double scale_ = 1 / std::sqrt(double(s_.d));
  const Values &q_, &k_, &v_, &dmixed_;
};

TEST(ScaledDotProductBackward, EqualsPlainLoops) {
  Runtime runtime;
  for (const Sizes& s : {Sizes{3, 64, 197, 197}, Sizes{3, 64, 197, 1}, Sizes{2, 12, 17, 17},
                         Sizes{2, 12, 17, 2}, Sizes{1, 7, 5, 5}, Sizes{2, 8, 17, 17}}) {
    const int64_t D = s.heads * s.d;
    const Values q = random_values(size_t(s.queries * D), 1, 0.3f);
    const Values k = random_values(size_t(s.tokens * D), 2, 0.3f);
    const Values v = random_values(size_t(s.tokens * D), 3);
    Values dmixed = random_values(q.size(), 4);
    const PlainGradients wanted = PlainAttention(s, q, k, v, dmixed).out;

    ScaledDotProductBackward backward(s.heads, s.d, FloatType::f32);
    const HeadOffset place{s.heads, s.tokens, s.d};
    Values qkv(size_t(3 * s.tokens * D), NAN), probs = wanted.probs;
    const auto lay = [&](const Values& rows, HeadOffset::Which which) {
      for (int64_t i = 0; i < std::ssize(rows); ++i) {
        qkv[size_t(place(which, 0, i % D / s.d) + i / D * s.d + i % s.d)] = rows[size_t(i)];
      }
    };
    lay(q, HeadOffset::q);
    lay(k, HeadOffset::k);
    lay(v, HeadOffset::v);
    const TokenShape shape{1, s.tokens, s.queries};
    Values dprobs(wanted.probs.size(), NAN), dq(q.size(), NAN), dk(k.size(), NAN),
        dv(k.size(), NAN);
    backward.to_probs(qkv.data(), dmixed.data(), shape, dprobs.data(), runtime);
    EXPECT_LE(relative_difference(dprobs, wanted.dprobs), 1e-5) << s.tokens << " " << s.queries;
    backward.to_v(probs.data(), dmixed.data(), shape, probs.data(), dv.data(), runtime);
    backward.to_qk(qkv.data(), probs.data(), shape,
                   {dprobs.data(), nullptr, dprobs.data(), dq.data(), dk.data()}, runtime);
    EXPECT_LE(relative_difference(dv, wanted.dv), 1e-5) << s.tokens << " " << s.queries;
    EXPECT_LE(relative_difference(dq, wanted.dq), 1e-5) << s.tokens << " " << s.queries;
    EXPECT_LE(relative_difference(dk, wanted.dk), 1e-5) << s.tokens << " " << s.queries;
  }
}

}  // namespace
}  // namespace saccade
