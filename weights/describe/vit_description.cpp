#include "weights/describe/vit_description.h"

#include <fmt/format.h>

#include <type_traits>

namespace saccade {
namespace {

// The first integer that is out of its limits.
std::optional<std::string> out_of_limits(const VitDescription& vit) {
  std::optional<std::string> found;
  vit.visit([&](const Field& field, const auto& value) {
    if constexpr (std::is_same_v<decltype(value), const int64_t&>) {
      if (found || field.largest == 0 || (value == 0 && field.zero_is_none)) return;
      if (value >= 1 && value <= field.largest) return;
      found = fmt::format("{} is {}; wanted 1 to {}", field.what, value, field.largest);
    }
  });
  return found;
}

}  // namespace

std::optional<std::string> problem_of(const VitDescription& vit) {
  if (auto found = out_of_limits(vit)) return found;
  if (auto found = vit.attention.problem(vit)) return found;
  if (auto found = vit.positions.problem(vit.tokens)) return found;
  return vit.tokens.problem();
}

ExpectedTensors expected_tensors(const VitDescription& vit) {
  ExpectedTensors tensors;
  vit.tokens.add_prefix_tensors(vit.dim, tensors);
  vit.positions.add_embedding(vit, tensors);
  vit.attention.add_shared_tensors(vit, tensors);
  vit.positions.add_shared_bias(vit, tensors);
  vit.tokens.add_patch_tensors(vit.dim, tensors);
  if (vit.norms.before_blocks) vit.norms.add_norm("norm_pre", vit.dim, tensors);
  for (int64_t block = 0; block < vit.depth; ++block) {
    for (int64_t branch = 0; branch < vit.block.branches; ++branch) {
      vit.block.add_tensors({block, branch}, vit, tensors);
    }
  }
  if (vit.norms.after_blocks) vit.norms.add_norm("norm", vit.dim, tensors);
  vit.pooling.add_tensors(vit, tensors);
  if (vit.norms.after_pooling) vit.norms.add_norm("fc_norm", vit.dim, tensors);
  vit.head.add_tensors(vit, tensors);
  return tensors;
}

}  // namespace saccade
