// From the last block's tokens to what a classifier reads.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "model/layers/attention_pool.h"
#include "model/layers/layer_norm.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// A token of each sequence, the mean of its patches, both side by side, or attention over the
/// patches; then, where there is
/// one, a norm of each (fc_norm). P is D, or 2 D for both.
class Pool {
 public:
  Pool(Runtime& runtime, const VitDescription& vit, const Weights& weights);
  /// On the same weights, by another runtime.
  Pool(Runtime& runtime, const Pool& twin);

  /// How many of the first rows of a sequence of `tokens` are read.
  static int64_t rows_read(const VitDescription& vit, int64_t tokens);

  /// y [B, Q, D] -> pooled [B, P]. `token` is the row to read where tokens are read.
  void operator()(FloatView y, const TokenShape& shape, int64_t token, FloatView pooled);

  /// One image's gradients: dpooled [P], to be added to dy [Q, D]. y [Q, D] is what went in.
  void backward(const float* y, const float* dpooled, const TokenShape& shape, int64_t token,
                GradientRule rule, float* dy);
  void prepare_backward();

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  // What stands side by side, and the rows that are averaged for each part of it.
  int64_t parts() const;
  struct Range {
    int64_t first, count;
  };
  Range rows(int64_t part, const TokenShape& shape, int64_t token) const;

  int64_t dim_, prefix_;
  Pooling kind_;
  std::optional<AttentionPool> attention_;
  std::optional<LayerNorm> fc_norm_;
  std::vector<float> mean_;      // [D]
  std::vector<float> attended_;  // [B, D], where attention pools
};

}  // namespace saccade
