// A vision transformer as data: everything the engine needs to know to run one. A checkpoint
// family is a way to fill this in (weights/config/family.h); the engine knows no family by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weights/describe/attention_spec.h"
#include "weights/describe/block_spec.h"
#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"
#include "weights/describe/head_spec.h"
#include "weights/describe/mlp_spec.h"
#include "weights/describe/norm_spec.h"
#include "weights/describe/position_spec.h"
#include "weights/describe/tokens_spec.h"

namespace saccade {

/// A vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929).
struct VitDescription {
  int64_t dim = 0;    ///< width of a token, D
  int64_t depth = 0;  ///< number of blocks
  TokensSpec tokens;
  AttentionSpec attention;
  MlpSpec mlp;
  BlockSpec block;
  NormSpec norms;
  PositionSpec positions;
  PoolingSpec pooling;
  HeadSpec head;

  int64_t head_dim() const { return dim / attention.heads; }
  /// Attention maps of a block: its heads, one branch's after the other's.
  int64_t maps() const { return block.branches * attention.heads; }
  /// Columns of the pooled token.
  int64_t pooled_dim() const {
    return pooling.kind == Pooling::token_and_patch_mean ? 2 * dim : dim;
  }
  /// Columns that a classifier reads.
  int64_t classifier_dim() const { return head.embed_dim > 0 ? head.embed_dim : pooled_dim(); }
  /// Tokens before those that are pooled.
  int64_t unpooled_prefix() const { return pooling.include_prefix ? 0 : tokens.prefix(); }
  int64_t positioned_prefix() const { return positions.prefix_rows(tokens); }
  int64_t position_bias_rows() const { return positions.bias_rows(tokens); }
  int64_t position_bias_extra_rows() const { return positions.bias_extra_rows(tokens); }

  /// Calls `visitor(Field, value)` for every field of every spec.
  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    tokens.visit(visitor);
    visitor(Field{"dim", "width", FieldGroup::sizes, "width", 16384}, dim);
    visitor(Field{"depth", "depth", FieldGroup::sizes, "depth", 256}, depth);
    attention.visit(visitor);
    mlp.visit(visitor);
    block.visit(visitor);
    norms.visit(visitor);
    positions.visit(visitor);
    pooling.visit(visitor);
    head.visit(visitor);
  }
};

/// Why no transformer of this description can be run; nullopt if it can: integers within their
/// limits, D divisible by the heads, an image of at least one patch, parts that go together.
std::optional<std::string> problem_of(const VitDescription& vit);

/// Every tensor of a transformer that fits `vit`, in the order of the forward pass. Position
/// embeddings and bias tables have the rows of the trained image size.
ExpectedTensors expected_tensors(const VitDescription& vit);

}  // namespace saccade
