#include "app/predict/ranking.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace saccade {
namespace {

/// Computes the score of one logit among all logits.
class Scorer {
 public:
  Scorer(std::span<const float> logits, ScoreActivation activation) : activation_(activation) {
    if (activation != ScoreActivation::softmax || logits.empty()) return;
    largest_ = *std::max_element(logits.begin(), logits.end());
    for (const float logit : logits) sum_ += std::exp(double(logit) - largest_);
  }

  double operator()(double logit) const {
    switch (activation_) {
      case ScoreActivation::softmax:
        return std::exp(logit - largest_) / sum_;
      case ScoreActivation::sigmoid:
        return 1 / (1 + std::exp(-logit));
      case ScoreActivation::none:
        break;
    }
    return logit;
  }

 private:
  ScoreActivation activation_;
  double largest_ = 0;
  double sum_ = 0;
};

}  // namespace

std::vector<ScoredClass> rank(std::span<const float> logits, ScoreActivation activation, int64_t k,
                              std::optional<double> threshold) {
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto count = std::min(k, static_cast<int64_t>(order.size()));
  std::partial_sort(order.begin(), order.begin() + count, order.end(), [&](size_t a, size_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  });
  order.resize(static_cast<size_t>(count));

  const Scorer score(logits, activation);
  std::vector<ScoredClass> ranked;
  for (const size_t index : order) {
    const double value = score(logits[index]);
    if (threshold && value < *threshold) break;
    ranked.push_back({static_cast<int64_t>(index), static_cast<float>(value)});
  }
  return ranked;
}

double score_of(std::span<const float> logits, ScoreActivation activation, int64_t index) {
  return Scorer(logits, activation)(logits[static_cast<size_t>(index)]);
}

}  // namespace saccade
