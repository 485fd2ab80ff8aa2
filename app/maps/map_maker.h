// Runs a batch of pictures through a model and computes their maps.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "app/maps/map_request.h"
#include "model/explain/maps.h"
#include "model/inference_context.h"

namespace saccade {

/// Holds references to the model and the request, which must outlive it.
class MapMaker {
 public:
  /// `input` is the input size of the model.
  MapMaker(const VitDescription& vit, ImageSize input, InferenceContext& model,
           const MapRequest& request);

  /// The largest sensible batch for run().
  int64_t batch_limit() const;

  /// Runs a forward pass and keeps what the requested methods need. `also` is a further observer.
  /// `pixels` [B, C, H, W] and `logits` [B, classes] must stay valid until the next run().
  void run(std::span<const float> pixels, int64_t batch, std::span<float> logits,
           Observer* also = nullptr);

  /// The maps `ids` of one picture of the last run(), each with one value per patch [rows,
  /// columns]. A map of relevance or Grad-CAM costs one backward pass. A map of "saccade" costs
  /// three, plus two recorded forward passes per picture (three in a batch) for all its maps
  /// together.
  std::vector<std::vector<float>> maps(int64_t image, const std::vector<MapId>& ids);

 private:
  void record_again();
  std::vector<float> row(int64_t image, const MapId& id);
  void place_grid(int64_t image, int64_t shift);
  void add_placement(int64_t image, const MapId& id, int64_t shift, std::vector<float>& map);
  std::vector<float> target(const MapId& id) const;
  std::vector<float> attention(int64_t image, const MapId& id) const;

  const VitDescription& vit_;
  ImageSize input_, grid_;
  InferenceContext& model_;
  const MapRequest& request_;
  std::span<const float> pixels_;  ///< of the last run() [B, C, H, W]
  std::span<float> logits_;        ///< of the last run() [B, classes]
  int64_t batch_ = 0;
  bool recorded_ = false;            ///< the model has the last run() recorded
  std::vector<float> moved_;         ///< else the shifted picture that it has recorded [C, H, W]
  std::vector<float> moved_logits_;  ///< [classes]
  std::unique_ptr<AttentionRows> attention_;  ///< of the last run; null where not requested
  std::unique_ptr<Rollout> rollout_;          ///< of the last run(); null if not requested
};

}  // namespace saccade
