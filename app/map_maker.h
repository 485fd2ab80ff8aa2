// Maps from a model: several pictures through it at once, then any map of each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "app/map_request.h"
#include "model/maps.h"
#include "model/vision_transformer.h"

namespace saccade {

/// Refers to the model and the request, which must outlive it.
class MapMaker {
 public:
  /// `input` is the size that the model was made for.
  MapMaker(const VitDescription& vit, ImageSize input, VisionTransformer& model,
           const MapRequest& request);

  /// How many pictures run() should be given at the most.
  int64_t batch_limit() const;

  /// Forward pass; keeps what the requested methods need of it, and nothing else. `also` looks on.
  /// `pixels` and `logits` must stay until the next run().
  void run(std::span<const float> pixels, int64_t batch, std::span<float> logits,
           Observer* also = nullptr);

  /// One map of a picture of the last run(), one value a patch, row by row. Class-specific maps
  /// cost a backward pass.
  std::vector<float> map(int64_t image, const MapId& id);

 private:
  void record_again();
  std::vector<float> saccade(int64_t image, const MapId& id);
  std::vector<float> target(const MapId& id) const;
  std::vector<float> attention(int64_t image, const MapId& id) const;

  const VitDescription& vit_;
  ImageSize input_, grid_;
  VisionTransformer& model_;
  const MapRequest& request_;
  std::span<const float> pixels_;  ///< of the last run() [B, C, H, W]
  std::span<float> logits_;        ///< likewise [B, classes]
  int64_t batch_ = 0;
  bool recorded_ = false;                     ///< the model remembers the last run()
  std::unique_ptr<AttentionRows> attention_;  ///< of the last run; null where not requested
  std::unique_ptr<Rollout> rollout_;          ///< likewise
};

}  // namespace saccade
