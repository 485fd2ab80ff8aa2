#include "app/predict/predictions.h"

#include <algorithm>
#include <cmath>

#include "app/predict/class_label.h"
#include "app/predict/ranking.h"
#include "weights/base/errors.h"

namespace saccade {

ScoreActivation score_activation(const ModelConfig& config, const PredictionOptions& options) {
  return options.activation.value_or(config.activation);
}

void check_logits(std::span<const float> logits, const std::string& file) {
  if (std::all_of(logits.begin(), logits.end(), [](float x) { return std::isfinite(x); })) return;
  throw ImageError(file + ": the model gave NaN or infinity; its weights may be damaged");
}

std::vector<Prediction> predictions(std::span<const float> logits, const std::string& file,
                                    const ModelConfig& config, const PredictionOptions& options) {
  check_logits(logits, file);
  std::vector<Prediction> predictions;
  for (const ScoredClass& scored :
       rank(logits, score_activation(config, options), options.topk, options.score_threshold)) {
    predictions.push_back(
        {scored.index, class_label(config.labels, scored.index, options.label_type), scored.score});
  }
  return predictions;
}

Prediction prediction_of(int64_t index, std::span<const float> logits, const ModelConfig& config,
                         const PredictionOptions& options) {
  const double score = score_of(logits, score_activation(config, options), index);
  return {index, class_label(config.labels, index, options.label_type), static_cast<float>(score)};
}

}  // namespace saccade
