// Pictures through a model, several at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "app/maps/map_maker.h"
#include "app/maps/map_request.h"
#include "app/pipeline/ready_picture.h"
#include "app/predict/prediction_options.h"
#include "model/inference_context.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A model with room for a batch. Refers to the checkpoint, the options and the request.
class BatchClassifier {
 public:
  /// Makes the maps that `request` wants too, unless it is null.
  BatchClassifier(InferenceContext context, const Checkpoint& checkpoint,
                  const PredictionOptions& options, const MapRequest* request, int64_t limit);
  BatchClassifier(const BatchClassifier&) = delete;
  BatchClassifier& operator=(const BatchClassifier&) = delete;

  /// Gives those of `pictures` that have no error their predictions and maps, or an error. At most
  /// `limit` of them may be without one.
  void run(std::span<ReadyPicture* const> pictures);

  const InferenceContext& context() const { return context_; }

 private:
  void finish(ReadyPicture& picture, int64_t place, std::span<const float> logits);

  const PredictionOptions& options_;
  const ModelConfig& config_;
  InferenceContext context_;
  const MapRequest* request_;
  std::optional<MapMaker> maker_;  ///< where maps are wanted
  std::vector<float> pixels_;      ///< [limit, 3, H, W]
  std::vector<float> logits_;      ///< [limit, classes]
};

}  // namespace saccade
