// How a block combines its attention and its MLP.
#pragma once

#include <cstdint>

#include "weights/describe/block_branch.h"
#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"

namespace saccade {

struct VitDescription;

enum class BlockKind {
  pre_norm,   ///< x += attention(norm1 x), x += mlp(norm2 x)
  post_norm,  ///< x += norm1(attention x), x += norm2(mlp x)
  parallel,   ///< x += attention(norm1 x) + mlp(norm1 x) (Dehghani et al. 2023, arXiv:2302.05442)
  branches,   ///< as pre_norm, with the sum of several attention layers, then of several MLPs
              ///< (Touvron et al. 2022, arXiv:2203.09795; timm's ParallelThings)
};

struct BlockSpec {
  BlockKind kind = BlockKind::pre_norm;
  int64_t branches = 1;         ///< attention layers, and MLPs, of a block
  bool layer_scale = false;     ///< Touvron et al. 2021, arXiv:2103.17239
  bool mlp_layer_scale = true;  ///< LayerScale, if there is one, scales the MLP's output, too

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"blocks", "blocks", FieldGroup::sizes}, kind);
    visitor(Field{"branches", {}, FieldGroup::none, "number of a block's branches", 16}, branches);
    visitor(Field{"layer_scale", "layer_scale", FieldGroup::options}, layer_scale);
    visitor(Field{"mlp_layer_scale"}, mlp_layer_scale);
  }
  /// One branch with its norms, attention and MLP.
  void add_tensors(const BlockBranch& branch, const VitDescription& vit,
                   ExpectedTensors& tensors) const;
};

const char* name_of(BlockKind kind);

}  // namespace saccade
