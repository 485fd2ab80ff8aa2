// From the tokens after the final norm to logits.
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

/// The mean of one or more linear classifiers, each of a pooled token; or one that compares the
/// image's embedding with those of texts.
class ClassifierHeads {
 public:
  ClassifierHeads(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                  Precision precision);

  /// y [B, Q, D] -> logits [B, classes].
  void operator()(FloatView y, const TokenShape& shape, float* logits, Runtime& runtime) const;

  /// For one image: dlogits [classes] -> added to the gradients of the rows that it reads, dy
  /// [Q, D]. y [Q, D] is its input.
  void backward(std::span<const float> dlogits, const float* y, const TokenShape& shape,
                GradientRule rule, float* dy, Runtime& runtime) const;
  void prepare_backward(Runtime& runtime);

  void list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const;

 private:
  struct Head {
    int64_t token_row;
    Linear linear;
  };

  int64_t pooled_dim_, input_dim_, classes_;  // P; P or E
  FloatType type_;                            // of the classifiers' input
  Pool pool_;
  std::optional<ImageEmbedding> embedding_;
  std::vector<Head> heads_;
};

}  // namespace saccade
