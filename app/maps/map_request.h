// The maps to make with a model: the options, checked against the model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "app/maps/class_choice.h"
#include "app/maps/map_options.h"
#include "app/results/map_id.h"
#include "weights/config/model_config.h"

namespace saccade {

/// Which maps to make, within the limits of the model.
struct MapRequest {
  std::vector<MapMethod> methods;
  ClassChoice classes;
  std::optional<int64_t> versus;
  std::vector<int64_t> layers;       ///< for attention
  std::vector<HeadSelection> heads;  ///< for attention
  HeadFusion rollout_fusion = HeadFusion::mean;
  double discard_ratio = 0;
  std::optional<PatchPosition> query;
  /// [T] weights of the explained tokens: those that the classifier reads, or one patch.
  std::vector<float> rows;

  bool wants(MapMethod method) const;
  bool wants_gradients() const;
};

/// Throws UsageError, which names the valid range, if the model at input size `input` has no such
/// layer, head, patch or class.
MapRequest map_request(const MapOptions& options, const ModelConfig& config, ImageSize input);

/// The maps of a picture with these logits, grouped by method. The best classes exclude `versus`.
std::vector<MapId> maps_of(const MapRequest& request, std::span<const float> logits);

}  // namespace saccade
