#include "weights/describe/block_spec.h"

#include "weights/describe/vit_description.h"

namespace saccade {

std::string BlockBranch::prefix() const {
  const std::string prefix = "blocks." + std::to_string(block) + ".";
  return branch == 0 ? prefix : prefix + "branches." + std::to_string(branch) + ".";
}

void BlockSpec::add_tensors(const BlockBranch& branch, const VitDescription& vit,
                            ExpectedTensors& tensors) const {
  const std::string prefix = branch.prefix();
  vit.norms.add_norm(prefix + "norm1", vit.dim, tensors);
  vit.attention.add_tensors(branch, vit, tensors);
  if (layer_scale) tensors.add(prefix + "ls1.gamma", {vit.dim});
  if (kind != BlockKind::parallel) vit.norms.add_norm(prefix + "norm2", vit.dim, tensors);
  vit.mlp.add_tensors(prefix + "mlp.", vit.dim, vit.norms, tensors);
  if (layer_scale && mlp_layer_scale) tensors.add(prefix + "ls2.gamma", {vit.dim});
}

const char* name_of(BlockKind kind) {
  switch (kind) {
    case BlockKind::pre_norm:
      return "pre-norm";
    case BlockKind::post_norm:
      return "residual post-norm";
    case BlockKind::parallel:
      return "attention beside MLP";
    case BlockKind::branches:
      return "parallel paths";
  }
  return "?";
}

}  // namespace saccade
