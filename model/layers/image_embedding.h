// From the pooled token to a unit vector that can be compared with those of texts.
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

/// e = p Wᵀ, or p if the model has no projection; then e / ‖e‖ (Radford et al. 2021,
/// arXiv:2103.00020, figure 3), in f32 at every precision of the model. P is the width of the
/// pooled token p, E that of the embedding.
class ImageEmbedding {
 public:
  ImageEmbedding(Runtime& runtime, const VitDescription& vit, const Weights& weights);

  /// pooled [B, P] -> units [B, E] and their lengths before division [B].
  void operator()(const float* pooled, int64_t batch, float* units, float* lengths,
                  Runtime& runtime) const;

  /// For one image: the gradient of its unit vector, dunit [E] -> dpooled [P]. Like the σ of norms,
  /// ‖e‖ is a constant to the conservative rule.
  void backward(const float* unit, float length, const float* dunit, GradientRule rule,
                float* dpooled, Runtime& runtime) const;
  void prepare_backward(Runtime& runtime);

  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

 private:
  int64_t dim_;
  std::optional<Linear> projection_;
};

}  // namespace saccade
