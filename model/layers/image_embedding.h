// From what is pooled to a unit vector that can be compared with those of texts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/kernels/profile.h"
#include "model/kernels/runtime.h"
#include "model/layers/linear.h"
#include "model/layers/observer.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// e = p Wᵀ where there is a projection, else p; then e / ‖e‖ (Radford et al. 2021,
/// arXiv:2103.00020, figure 3), in f32 whatever the model's precision. P is what is pooled, E the
/// embedding's columns.
class ImageEmbedding {
 public:
  ImageEmbedding(Runtime& runtime, const VitDescription& vit, const Weights& weights);
  /// On the same weights, by another runtime.
  ImageEmbedding(Runtime& runtime, const ImageEmbedding& twin);

  /// pooled [B, P] -> [B, E], valid until the next call.
  float* operator()(const float* pooled, int64_t batch);

  /// One picture's gradients, after a call with it alone: dunit [E] -> dpooled [P]. As the norms'
  /// scale, ‖e‖ is a constant to the conservative rule.
  void backward(const float* dunit, GradientRule rule, float* dpooled);
  void prepare_backward();

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  int64_t dim_;
  std::optional<Linear> projection_;
  std::vector<float> units_;    // [B, E]
  std::vector<float> lengths_;  // [B]
};

}  // namespace saccade
