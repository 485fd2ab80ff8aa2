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
/// patches; then a norm of each (fc_norm), if the model has one. P is D, or 2 D for both.
class Pool {
 public:
  Pool(Runtime& runtime, const VitDescription& vit, const Weights& weights);

  /// How many of the first rows of a sequence of `tokens` are read.
  static int64_t rows_read(const VitDescription& vit, int64_t tokens);

  /// y [B, Q, D] -> pooled [B, P]. `token` is the row to read if tokens are read.
  void operator()(FloatView y, const TokenShape& shape, int64_t token, FloatView pooled,
                  Runtime& runtime) const;

  /// For one image: dpooled [P] -> added to dy [Q, D]. y [Q, D] is its input.
  void backward(const float* y, const float* dpooled, const TokenShape& shape, int64_t token,
                GradientRule rule, float* dy, Runtime& runtime) const;
  void prepare_backward(Runtime& runtime);

  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

 private:
  // How many vectors [D] are side by side in what is pooled, and which rows each averages.
  int64_t parts() const;
  struct Range {
    int64_t first, count;
  };
  Range rows(int64_t part, const TokenShape& shape, int64_t token) const;

  int64_t dim_, prefix_;
  Pooling kind_;
  std::optional<AttentionPool> attention_;
  std::optional<LayerNorm> fc_norm_;
};

}  // namespace saccade
