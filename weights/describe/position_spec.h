// How tokens carry their positions: an embedding that is added to them, or a bias of attention.
// (Rotary embedding is part of AttentionSpec.)
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weights/describe/expected_tensor.h"
#include "weights/describe/field.h"
#include "weights/describe/tokens_spec.h"

namespace saccade {

struct VitDescription;

/// How position embeddings are resized to another grid. Prefix rows are kept as they are.
enum class PosEmbedResize {
  bicubic_antialias,  ///< a = -0.5, support scaled: timm's resample_abs_pos_embed
  bicubic,            ///< a = -0.75, no antialias: transformers' interpolate_pos_encoding
  bilinear,           ///< no antialias: timm's FlexiViT
  bilinear_corners,   ///< the same with align_corners=True: some of timm's RADIO
  geometric,          ///< timm's resize_rel_pos_bias_table: the known values are spaced
                      ///< geometrically from the middle, and interpolated linearly
};

/// Which tokens the position embedding has rows for.
enum class PosEmbedRows {
  all_tokens,         ///< the prefix, then the patches
  patches,            ///< timm's no_embed_class: the prefix has no position
  class_and_patches,  ///< DINOv2 with registers: these are inserted after positions were added
  none,               ///< there is no position embedding
};

struct PositionSpec {
  PosEmbedRows rows = PosEmbedRows::all_tokens;
  PosEmbedResize resize = PosEmbedResize::bicubic_antialias;
  /// A learned bias of attention for the distance from token to token (Bao et al. 2022,
  /// arXiv:2106.08254): one for each block, one for all blocks, or both, which are added up.
  bool bias = false;
  bool shared_bias = false;
  PosEmbedResize bias_resize = PosEmbedResize::geometric;
  /// Hidden width of the MLP that computes the bias from a distance (Liu et al. 2022,
  /// arXiv:2111.09883); 0: the bias is a table.
  int64_t bias_mlp = 0;

  bool any_bias() const { return bias || shared_bias; }
  /// Rows of the position embedding for prefix tokens.
  int64_t prefix_rows(const TokensSpec& tokens) const;
  /// Rows of the bias table: a patch's distances from another, down and across, then, with a class
  /// token, class token to patch, patch to class token, class token to itself.
  int64_t bias_rows(const TokensSpec& tokens) const;
  int64_t bias_extra_rows(const TokensSpec& tokens) const { return tokens.cls_token ? 3 : 0; }

  template <typename Visitor>
  void visit(Visitor&& visitor) const {
    visitor(Field{"pos_embed"}, rows);
    visitor(Field{"pos_embed_resize"}, resize);
    visitor(Field{"position_bias"}, bias);
    visitor(Field{"shared_position_bias"}, shared_bias);
    visitor(Field{"position_bias_resize"}, bias_resize);
    visitor(Field{"position_bias_mlp"}, bias_mlp);
  }
  std::optional<std::string> problem(const TokensSpec& tokens) const;
  /// The position embedding.
  void add_embedding(const VitDescription& vit, ExpectedTensors& tensors) const;
  /// The bias that all blocks share.
  void add_shared_bias(const VitDescription& vit, ExpectedTensors& tensors) const;
  /// The bias of one block, whose attention's names begin with `attention`.
  void add_block_bias(const std::string& attention, const VitDescription& vit,
                      ExpectedTensors& tensors) const;
};

const char* name_of(PosEmbedResize resize);
const char* name_of(PosEmbedRows rows);

}  // namespace saccade
