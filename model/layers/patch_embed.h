// From pixels to tokens: projects patches, puts class tokens before them and adds positions.
#pragma once

#include <span>
#include <vector>

#include "model/kernels/buffer.h"
#include "model/kernels/runtime.h"
#include "model/layers/linear.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// In f32 at every precision of the model: an image has few different values, whose rounding to
/// bf16 does not average out. In bf16 the maps of DeiT-tiny's last layer correlate with those in
/// f32 by only 0.93.
class PatchEmbed {
 public:
  PatchEmbed(Runtime& runtime, const VitDescription& vit, const Weights& weights, ImageSize input);

  /// pixels [B, C, H, W] -> x [B, T, D].
  void operator()(const float* pixels, int64_t batch, float* x, Runtime& runtime) const;

  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
    proj_.list_primitives(runtime, list);
  }

 private:
  void unfold(const float* pixels, float* patches) const;

  ImageSize input_, grid_;
  int64_t channels_, patch_, prefix_, dim_;
  Linear proj_;
  Buffer tokens_;  // [T, D]  the same for every image: class tokens, registers and positions
};

}  // namespace saccade
