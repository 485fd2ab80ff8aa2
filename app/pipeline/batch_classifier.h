// Runs batches of pictures through a model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "app/maps/map_maker.h"
#include "app/maps/map_request.h"
#include "app/pipeline/pipeline_item.h"
#include "app/predict/prediction_options.h"
#include "model/inference_context.h"
#include "weights/checkpoint.h"

namespace saccade {

/// A model with buffers for a batch. Holds references to the checkpoint, the options and the
/// request, which must outlive it.
class BatchClassifier {
 public:
  /// Also makes the maps of `request`, unless it is null.
  BatchClassifier(InferenceContext context, const Checkpoint& checkpoint,
                  const PredictionOptions& options, const MapRequest* request, int64_t limit);
  BatchClassifier(const BatchClassifier&) = delete;
  BatchClassifier& operator=(const BatchClassifier&) = delete;

  /// Sets the predictions and maps, or an error, of each picture that has no error yet. At most
  /// `limit` pictures may have none.
  void run(std::span<PipelineItem* const> pictures);

  const InferenceContext& context() const { return context_; }

 private:
  void finish(PipelineItem& picture, int64_t place, std::span<const float> logits);

  const PredictionOptions& options_;
  const ModelConfig& config_;
  InferenceContext context_;
  const MapRequest* request_;
  std::optional<MapMaker> maker_;  ///< if maps are requested
  std::vector<float> pixels_;      ///< [limit, C, H, W]
  std::vector<float> logits_;      ///< [limit, classes]
};

}  // namespace saccade
