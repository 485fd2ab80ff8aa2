// One picture at a time through a model.
#pragma once

#include <string>
#include <vector>

#include "app/classify_options.h"
#include "app/report.h"
#include "app/stopwatch.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A model with room for its input and output. Refers to the checkpoint and the options, which must
/// outlive it.
class Classifier {
 public:
  Classifier(const Checkpoint& checkpoint, const ClassifyOptions& options);

  /// What is wrong with the picture is in the result; what is wrong with the model is thrown.
  ImageResult classify(const std::string& file);

  /// True where scores are within 0-1.
  bool gives_probabilities() const { return activation_ != ScoreActivation::none; }
  std::vector<PrimitiveInfo> primitives() const { return model_.primitives(); }

 private:
  void prepare(const std::string& file);
  void check_logits(const std::string& file) const;
  std::vector<Prediction> predictions() const;

  const ClassifyOptions& options_;
  const ModelConfig& config_;
  ScoreActivation activation_;
  VisionTransformer model_;
  std::vector<float> pixels_;  ///< [3, H, W]
  std::vector<float> logits_;  ///< [classes]
};

}  // namespace saccade
