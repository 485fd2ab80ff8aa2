// Pictures through a model, several at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/prediction_options.h"
#include "app/report.h"
#include "model/vision_transformer.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A model with room for a batch. Refers to the checkpoint and the options.
class BatchClassifier {
 public:
  /// Runs once, so that all memory that a batch of `limit` takes is taken.
  BatchClassifier(const Checkpoint& checkpoint, const PredictionOptions& options, int64_t limit);

  /// Adds a picture [3, H, W] to the batch, which must not be full.
  void add(const std::string& file, const std::vector<float>& pixels);
  /// Adds one that could not be read, for its place in the results.
  void add_failure(const std::string& file, const std::string& error);
  /// Whether the results of what was added should be taken before more is.
  bool full() const {
    return size_ == limit_ || results_.size() >= 8 * static_cast<size_t>(limit_);
  }

  /// What became of everything that was added, in order; empties the batch.
  std::vector<ImageResult> run();

  std::vector<PrimitiveInfo> primitives() const { return model_.primitives(); }

 private:
  const PredictionOptions& options_;
  const ModelConfig& config_;
  VisionTransformer model_;
  int64_t limit_;
  int64_t size_ = 0;
  std::vector<float> pixels_;         ///< [limit, 3, H, W]
  std::vector<float> logits_;         ///< [limit, classes]
  std::vector<ImageResult> results_;  ///< those without an error wait for their predictions
};

}  // namespace saccade
