// Classifies pictures one at a time.
#pragma once

#include <string>
#include <vector>

#include "app/predict/prediction_options.h"
#include "app/results/report.h"
#include "model/inference_context.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A model and its input and output buffers. Holds references to the checkpoint and the options,
/// which must outlive it.
class Classifier {
 public:
  /// `pictures` is the number of pictures to come: a model that runs only once skips packing its
  /// weights.
  Classifier(const Checkpoint& checkpoint, const PredictionOptions& options, size_t pictures);

  /// Errors of the picture are returned in the result; errors of the model are thrown.
  ImageResult classify(const std::string& file);

  std::vector<PrimitiveInfo> primitives() const { return model_.primitives(); }

 private:
  const PredictionOptions& options_;
  const ModelConfig& config_;
  InferenceContext model_;
  std::vector<float> pixels_;  ///< [C, H, W]
  std::vector<float> logits_;  ///< [classes]
};

}  // namespace saccade
