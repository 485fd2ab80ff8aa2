// The self-attention of every block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weights/describe/block_branch.h"
#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"
#include "weights/describe/rope_spec.h"

namespace saccade {

struct VitDescription;

/// Which of queries, keys and values have a bias.
enum class QkvBias { none, q_and_v, all };

struct AttentionSpec {
  int64_t heads = 0;  ///< D / heads columns each
  /// Heads of keys and values of each block, each shared by consecutive heads of queries (Ainslie
  /// et al. 2023, arXiv:2305.13245). Empty: as many as heads of queries in every block.
  std::vector<int64_t> kv_heads;
  QkvBias qkv_bias = QkvBias::all;
  /// Each head's attention is the difference of two, and its output is normalised (Ye et al. 2024,
  /// arXiv:2410.05258).
  bool differential = false;
  bool qk_norm = false;          ///< queries and keys are normalised, each head for itself
  std::optional<RopeSpec> rope;  ///< queries and keys of patches are rotated
  bool norm = false;             ///< the heads' output is normalised before the projection
  bool proj_bias = true;         ///< of the projection

  /// Parts that queries and keys of a head are split into.
  int64_t key_parts() const { return differential ? 2 : 1; }

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"heads", "heads", FieldGroup::sizes, "number of attention heads", 1024}, heads);
    visitor(Field{"kv_heads", "kv_heads", FieldGroup::sizes}, kv_heads);
    visitor(Field{"qkv_bias", "qkv_bias", FieldGroup::options}, qkv_bias);
    visitor(Field{"differential", "differential", FieldGroup::options}, differential);
    visitor(Field{"qk_norm", "qk_norm", FieldGroup::options}, qk_norm);
    visitor(Field{"rope", "rope", FieldGroup::options}, rope);
    visitor(Field{"attn_norm", "attn_norm", FieldGroup::options}, norm);
    visitor(Field{"attn_proj_bias"}, proj_bias);
  }
  std::optional<std::string> problem(const VitDescription& vit) const;
  void add_tensors(const BlockBranch& branch, const VitDescription& vit,
                   ExpectedTensors& tensors) const;
  /// Tensors that all blocks share.
  void add_shared_tensors(const VitDescription& vit, ExpectedTensors& tensors) const;

 private:
  void add_qkv(const std::string& attention, int64_t block, const VitDescription& vit,
               ExpectedTensors& tensors) const;
};

const char* name_of(QkvBias bias);

}  // namespace saccade
