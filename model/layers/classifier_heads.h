// From the last block's tokens, normalised where a model does that, to logits.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/kernels/float_view.h"
#include "model/kernels/runtime.h"
#include "model/layers/image_embedding.h"
#include "model/layers/linear.h"
#include "model/layers/pooling.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// The mean of one or more linear classifiers, each on what is pooled of the sequence; or one that
/// compares the picture's embedding with those of texts.
class ClassifierHeads {
 public:
  ClassifierHeads(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                  Precision precision);
  /// On the same weights, by another runtime.
  ClassifierHeads(Runtime& runtime, const ClassifierHeads& twin);

  /// y [B, Q, D] -> logits [B, classes], with room for what is pooled, [B, P].
  void operator()(FloatView y, const TokenShape& shape, FloatView room, float* logits);

  /// One image's gradients: dlogits [classes], to be added to those of the rows that it reads, dy
  /// [Q, D]. y [Q, D] is what went in.
  void backward(std::span<const float> dlogits, const float* y, const TokenShape& shape,
                GradientRule rule, float* dy);
  void prepare_backward();

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  struct Head {
    int64_t token_row;
    Linear linear;
  };
  float* embed(FloatView y, const TokenShape& shape, int64_t token);

  int64_t pooled_dim_, input_dim_, classes_;
  FloatType type_;  // of what heads take in
  Pool pool_;
  std::optional<ImageEmbedding> embedding_;
  std::vector<float> pooled_;  // [B, P], to be embedded
  std::vector<Head> heads_;
};

}  // namespace saccade
