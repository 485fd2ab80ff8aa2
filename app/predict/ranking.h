// Finds the classes with the highest scores.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "weights/config/model_config.h"

namespace saccade {

struct ScoredClass {
  int64_t index = 0;
  float score = 0;
};

/// The `k` classes with the highest logits, best first, equal logits by index; fewer if there are
/// fewer classes or a score is below `threshold`. Scores are computed in double:
/// softmax exp(x_i - max x) / sum_j exp(x_j - max x), sigmoid 1 / (1 + exp(-x)), or the logit.
/// Logits must be finite.
std::vector<ScoredClass> rank(std::span<const float> logits, ScoreActivation activation, int64_t k,
                              std::optional<double> threshold = std::nullopt);

/// The score of one class, as rank() computes it.
double score_of(std::span<const float> logits, ScoreActivation activation, int64_t index);

}  // namespace saccade
