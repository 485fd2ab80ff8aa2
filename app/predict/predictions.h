// Turns the logits of a picture into predictions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "weights/config/model_config.h"

namespace saccade {

/// The activation that the options name, else that of the checkpoint.
ScoreActivation score_activation(const ModelConfig& config, const PredictionOptions& options);

/// Throws ImageError, which names `file`, if a logit is not finite.
void check_logits(std::span<const float> logits, const std::string& file);

/// The classes to report, best first. Throws ImageError, which names `file`, if a logit is not
/// finite.
std::vector<Prediction> predictions(std::span<const float> logits, const std::string& file,
                                    const ModelConfig& config, const PredictionOptions& options);

/// The prediction for one class. The logits must be finite.
Prediction prediction_of(int64_t index, std::span<const float> logits, const ModelConfig& config,
                         const PredictionOptions& options);

}  // namespace saccade
