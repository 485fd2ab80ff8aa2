// The normalisation layers: their kind, and which there are outside the blocks.
#pragma once

#include <cstdint>
#include <string>

#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"

namespace saccade {

/// What a norm divides by. Its tensors are a weight and, for LayerNorm, a bias.
enum class NormKind {
  layer,  ///< the deviation from the mean, which is subtracted: LayerNorm
  rms,    ///< the root of the mean square: RMSNorm
};

struct NormSpec {
  NormKind kind = NormKind::layer;
  double eps = 1e-6;
  bool before_blocks = false;  ///< of all tokens, before the first block: CLIP
  bool after_blocks = true;    ///< of all tokens, after the last block
  bool after_pooling = false;  ///< of the pooled token

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"norm_kind", "norm", FieldGroup::sizes}, kind);
    visitor(Field{"norm_eps", "norm_eps", FieldGroup::sizes}, eps);
    visitor(Field{"norm_pre"}, before_blocks);
    visitor(Field{"norm"}, after_blocks);
    visitor(Field{"fc_norm"}, after_pooling);
  }
  /// A norm over `dim` columns.
  void add_norm(const std::string& name, int64_t dim, ExpectedTensors& tensors) const;
};

const char* name_of(NormKind kind);

}  // namespace saccade
