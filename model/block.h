// One block of the transformer.
#pragma once

#include <string>
#include <vector>

#include "model/activations.h"
#include "model/layer_norm.h"
#include "model/linear.h"
#include "model/self_attention.h"
#include "model/token_shape.h"
#include "weights/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// The three projections that a checkpoint stores as one, "attn.qkv".
struct QkvProjections {
  Linear q, k, v;
};

/// Pre-norm (Dosovitskiy et al. 2021, equations 2 and 3):
///   x += proj(softmax(Q Kᵀ / √d) V),  Q, K, V = qkv(norm1(x))
///   x += fc2(act(fc1(norm2(x))))
class Block {
 public:
  /// `name` is the prefix of its parameters, "blocks.3."; `rows` what the weights are packed for.
  Block(Runtime& runtime, const VitDescription& vit, const Weights& weights,
        const std::string& name, int64_t rows);

  /// Updates a.x: [B, T, D] in, [B, Q, D] out. a.probs holds the attention [B, H, Q, T] after it.
  void forward(Activations& a, const TokenShape& shape, ScaledDotProduct& attention);

  void list_primitives(std::vector<PrimitiveInfo>& list) const;

 private:
  int64_t dim_;
  LayerNorm norm1_;
  QkvProjections qkv_;
  Linear proj_;
  LayerNorm norm2_;
  Linear fc1_;
  Linear fc2_;
};

}  // namespace saccade
