// Maps from a model: several pictures through it at once, then any map of each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "app/maps/map_request.h"
#include "model/explain/maps.h"
#include "model/inference_context.h"

namespace saccade {

/// Refers to the model and the request, which must outlive it.
class MapMaker {
 public:
  /// `input` is the size that the model was made for.
  MapMaker(const VitDescription& vit, ImageSize input, InferenceContext& model,
           const MapRequest& request);

  /// How many pictures run() should be given at the most.
  int64_t batch_limit() const;

  /// Forward pass; keeps what the requested methods need of it, and nothing else. `also` looks on.
  /// `pixels` and `logits` must stay until the next run().
  void run(std::span<const float> pixels, int64_t batch, std::span<float> logits,
           Observer* also = nullptr);

  /// Maps of a picture of the last run(), one value a patch, row by row, in the order of `ids`.
  /// Those of relevance and Grad-CAM cost a backward pass each; those of the method "saccade"
  /// three, and two more recorded passes for all of a picture's together (three in a batch).
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
  std::span<float> logits_;        ///< likewise [B, classes]
  int64_t batch_ = 0;
  bool recorded_ = false;                     ///< the model remembers the last run()
  std::vector<float> moved_;                  ///< the picture that it remembers otherwise [C, H, W]
  std::vector<float> moved_logits_;           ///< [classes]
  std::unique_ptr<AttentionRows> attention_;  ///< of the last run; null where not requested
  std::unique_ptr<Rollout> rollout_;          ///< likewise
};

}  // namespace saccade
