#include "weights/describe/attention_spec.h"

#include <fmt/format.h>

#include "weights/describe/vit_description.h"

namespace saccade {

std::optional<std::string> AttentionSpec::problem(const VitDescription& vit) const {
  if (vit.dim % heads != 0) {
    return fmt::format("width {} is not divisible by {} attention heads", vit.dim, heads);
  }
  const int64_t head_dim = vit.head_dim();
  if (differential && (head_dim % 2 != 0 || rope || norm || vit.positions.any_bias())) {
    return fmt::format(
        "differential attention needs heads of an even number of columns, here {}, and cannot be "
        "combined with rotary embedding, position bias or another norm of the heads' output",
        head_dim);
  }
  if (rope && head_dim % 4 != 0) {
    return fmt::format("rotary embedding needs heads of a multiple of 4 columns, not {}", head_dim);
  }
  return std::nullopt;
}

void AttentionSpec::add_shared_tensors(const VitDescription& vit, ExpectedTensors& tensors) const {
  if (!rope || !rope->learned) return;
  tensors.add("rope.freqs", {2, vit.depth, heads, vit.head_dim() / 2});
}

void AttentionSpec::add_qkv(const std::string& attention, int64_t block, const VitDescription& vit,
                            ExpectedTensors& tensors) const {
  const int64_t D = vit.dim;
  const size_t first = tensors.size();
  tensors.add_linear(attention + "qkv", 3 * D, D, qkv_bias == QkvBias::all);
  if (!kv_heads.empty()) {
    for (size_t i = first; i < tensors.size(); ++i) {
      tensors[i].sharing = heads / kv_heads[size_t(block)];
      tensors[i].head_rows = vit.head_dim();
    }
  }
  if (qkv_bias != QkvBias::q_and_v) return;
  tensors.add(attention + "q_bias", {D});
  tensors.add(attention + "v_bias", {D});
}

void AttentionSpec::add_tensors(const BlockBranch& branch, const VitDescription& vit,
                                ExpectedTensors& tensors) const {
  const std::string attention = branch.prefix() + "attn.";
  const int64_t head_dim = vit.head_dim();
  add_qkv(attention, branch.block, vit, tensors);
  vit.positions.add_block_bias(attention, vit, tensors);
  if (qk_norm) {
    vit.norms.add_norm(attention + "q_norm", head_dim / key_parts(), tensors);
    vit.norms.add_norm(attention + "k_norm", head_dim / key_parts(), tensors);
  }
  if (differential) {
    for (const char* vector : {"lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"}) {
      tensors.add(attention + vector, {head_dim / 2});
    }
    NormSpec{.kind = NormKind::rms}.add_norm(attention + "sub_norm", head_dim, tensors);
  }
  if (norm) vit.norms.add_norm(attention + "norm", vit.dim, tensors);
  tensors.add_linear(attention + "proj", vit.dim, vit.dim, proj_bias);
}

const char* name_of(QkvBias bias) {
  switch (bias) {
    case QkvBias::none:
      return "none";
    case QkvBias::q_and_v:
      return "q_and_v";
    case QkvBias::all:
      return "all";
  }
  return "?";
}

}  // namespace saccade
