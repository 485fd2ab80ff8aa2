// From pixels to tokens: patches projected, class tokens put before them, positions added.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/runtime.h"
#include "model/layers/linear.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// In f32 whatever the model's precision: a picture has few different values, whose rounding to
/// bf16 does not average out. With it, maps of DeiT-tiny's last layer correlated with f32's by 0.93
/// only.
class PatchEmbed {
 public:
  PatchEmbed(Runtime& runtime, const VitDescription& vit, const Weights& weights, ImageSize input);
  /// On the same weights, by another runtime.
  PatchEmbed(Runtime& runtime, const PatchEmbed& twin);

  /// pixels [B, C, H, W] -> x [B, T, D].
  void operator()(const float* pixels, int64_t batch, float* x);

  void list_primitives(std::vector<PrimitiveInfo>& list) const { proj_.list_primitives(list); }

 private:
  void unfold(const float* pixels);

  ImageSize input_, grid_;
  int64_t channels_, patch_, prefix_, dim_;
  Linear proj_;
  std::shared_ptr<const Buffer>
      tokens_;      // [T, D] the sum of what does not depend on the picture: tokens and positions
  Buffer patches_;  // [N, C * P * P] one picture, a patch a row
};

}  // namespace saccade
