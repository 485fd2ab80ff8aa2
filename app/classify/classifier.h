// One picture at a time through a model.
#pragma once

#include <string>
#include <vector>

#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "model/inference_context.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A model with room for its input and output. Refers to the checkpoint and the options, which must
/// outlive it.
class Classifier {
 public:
  /// For `pictures` pictures: a model that runs only once is made in another way.
  Classifier(const Checkpoint& checkpoint, const PredictionOptions& options, size_t pictures);

  /// What is wrong with the picture is in the result; what is wrong with the model is thrown.
  ImageResult classify(const std::string& file);

  std::vector<PrimitiveInfo> primitives() const { return model_.primitives(); }

 private:
  const PredictionOptions& options_;
  const ModelConfig& config_;
  InferenceContext model_;
  std::vector<float> pixels_;  ///< [3, H, W]
  std::vector<float> logits_;  ///< [classes]
};

}  // namespace saccade
