// A vision transformer, described: everything the engine needs to know to run one. A checkpoint
// family is a way to fill this in (weights/config/family.h); the engine knows no family by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// The MLP's nonlinearity, by timm's and transformers' names.
enum class Activation {
  gelu,        ///< x * Phi(x), exact (erf)
  gelu_tanh,   ///< the tanh approximation: transformers' gelu_new, gelu_pytorch_tanh, gelu_fast
  quick_gelu,  ///< x * sigmoid(1.702 x)
  silu,        ///< x * sigmoid(x)
  relu,
};

/// How position embeddings are brought to another grid (prefix rows are kept as they are).
enum class PosEmbedResize {
  bicubic_antialias,  ///< a = -0.5, support scaled: timm's resample_abs_pos_embed
  bicubic,            ///< a = -0.75, no antialias: transformers' interpolate_pos_encoding
  bilinear,           ///< no antialias: timm's FlexiViT
  bilinear_corners,   ///< the same, corners upon corners (align_corners): some of timm's RADIO
  geometric,          ///< timm's resize_rel_pos_bias_table: known values lie the further apart the
                      ///< further they are from the middle, between them it is linear
};

/// Which tokens the position embedding has rows for.
enum class PosEmbedRows {
  all_tokens,         ///< the prefix, then the patches
  patches,            ///< timm's no_embed_class: the prefix has no position
  class_and_patches,  ///< DINOv2 with registers: these come after positions were added
  none,               ///< there is no position embedding
};

/// Which of queries, keys and values have a bias.
enum class QkvBias { none, q_and_v, all };

/// What of the last block's tokens the classifiers read.
enum class Pooling {
  token,                 ///< each head its own token
  patch_mean,            ///< the mean of the patches, without the prefix: timm's "avg"
  token_and_patch_mean,  ///< both side by side, 2 D columns: transformers' DINOv2 classifiers
  attention,             ///< a learned query's attention over the patches, and an MLP: timm's "map"
};

/// What a norm divides by. (Its tensors are a weight and, of the first kind, a bias.)
enum class NormKind {
  layer,  ///< the deviation from the mean, which is subtracted: LayerNorm
  rms,    ///< the root of the mean square: RMSNorm
};

/// How tokens go through a block's attention and MLP.
enum class BlockKind {
  pre_norm,   ///< x += attention(norm1 x), x += mlp(norm2 x)
  post_norm,  ///< x += norm1(attention x), x += norm2(mlp x)
  parallel,   ///< x += attention(norm1 x) + mlp(norm1 x) (Dehghani et al. 2023, arXiv:2302.05442)
  paths,      ///< as pre_norm, with several of each, whose sum is added (Touvron et al. 2022,
              ///< arXiv:2203.09795)
};

/// How an MLP's hidden values come from what fc1 gives.
enum class MlpKind {
  plain,  ///< act(fc1 x)
  gated,  ///< act(its first half) times its second (Shazeer 2020, arXiv:2002.05202)
};

/// Where rotary embedding takes a patch to be, down and across.
enum class RopePlaces {
  grid,     ///< its place on the grid: ROPE-ViT
  scaled,   ///< the same scaled to another grid: EVA-02
  centred,  ///< that of its middle, from -2 pi to 2 pi from edge to edge: DINOv3
};

/// Which columns of a head rotary embedding turns together, where d is their number.
enum class RopePairs {
  neighbours,  ///< 2 i and 2 i + 1
  halves,      ///< i and d / 2 + i
};

/// The angles of rotary embedding: pair i < d / 4 is turned by down * temperature^(-4 i / d), pair
/// d / 4 + i by across * temperature^(-4 i / d); or each pair of each head of each block by
/// down * f + across * g, where f and g were learned (Heo et al. 2024, arXiv:2403.13298).
struct RopeAngles {
  RopePlaces places = RopePlaces::scaled;
  ImageSize grid{16, 16};  ///< to which places are scaled
  double temperature = 1e4;
  RopePairs pairs = RopePairs::neighbours;
  bool across_first = false;  ///< across takes the place of down, and down that of across
  bool learned = false;
};

/// One linear classifier and the token that it reads. With several, logits are averaged
/// (distilled DeiT: timm's VisionTransformerDistilled, HF's ...ForImageClassificationWithTeacher).
struct ClassifierHead {
  std::string name;       ///< canonical tensor prefix: "head", "head_dist"
  int64_t token_row = 0;  ///< row of the token sequence
};

/// A vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929). Its sequence is class
/// token, distillation token, registers (Darcet et al. 2024, arXiv:2309.16588), patches.
struct VitDescription {
  ImageSize image;       ///< input size the position embedding was trained for
  int64_t channels = 3;  ///< input channels: 3 in RGB order, or 1, grey
  int64_t patch = 16;    ///< patches are square
  int64_t dim = 0;       ///< width of a token, D
  int64_t depth = 0;     ///< number of blocks
  int64_t heads = 0;     ///< attention heads; D / heads columns each
  int64_t mlp_dim = 0;   ///< hidden width of the MLP, what fc2 takes in
  int64_t classes = 0;   ///< outputs of each classifier head
  bool cls_token = true;
  bool dist_token = false;  ///< DeiT's distillation token, row 1
  int64_t registers = 0;
  PosEmbedRows pos_embed_rows = PosEmbedRows::all_tokens;
  QkvBias qkv_bias = QkvBias::all;
  bool qk_norm = false;      ///< queries and keys normalised, a head at a time
  bool layer_scale = false;  ///< Touvron et al. 2021, arXiv:2103.17239
  Pooling pooling = Pooling::token;
  bool pool_prefix = false;  ///< what pools patches takes in the prefix, too
  bool norm = true;          ///< the final norm, of all tokens
  bool fc_norm = false;      ///< or that of what was pooled
  double norm_eps = 1e-6;
  NormKind norm_kind = NormKind::layer;
  Activation activation = Activation::gelu;
  PosEmbedResize pos_embed_resize = PosEmbedResize::bicubic_antialias;
  std::vector<ClassifierHead> classifier_heads;
  /// A learned bias of attention for the distance from token to token (Bao et al. 2022,
  /// arXiv:2106.08254): each block's own, one that all blocks have, or both, which are added up.
  bool position_bias = false;
  bool shared_position_bias = false;
  PosEmbedResize position_bias_resize = PosEmbedResize::geometric;
  /// The bias is no table, but what an MLP of so many hidden values makes of a distance (Liu et al.
  /// 2022, arXiv:2111.09883); 0: it is a table.
  int64_t position_bias_mlp = 0;
  /// Queries and keys of patches are rotated by angles that their places give (Su et al. 2021,
  /// arXiv:2104.09864; Fang et al. 2023, arXiv:2303.11331).
  std::optional<RopeAngles> rope;
  bool attn_norm = false;  ///< what attention mixed is normalised, before proj
  MlpKind mlp = MlpKind::plain;
  bool mlp_norm = false;   ///< hidden values are normalised, before fc2
  bool mlp_scaled = true;  ///< LayerScale, where there is one, is that of the MLP, too
  /// Heads of keys and of values, by block: each serves as many heads of queries, one after another
  /// (Ainslie et al. 2023, arXiv:2305.13245). Empty: as many as of queries.
  std::vector<int64_t> kv_heads;
  bool patch_bias = true;  ///< of the projection of the patches
  bool norm_pre = false;   ///< tokens normalised before the first block: CLIP
  /// Columns of a picture's embedding, a unit vector, which the classifiers take in; 0: they take
  /// in what is pooled (Radford et al. 2021, arXiv:2103.00020).
  int64_t embed_dim = 0;
  bool visual_projection = false;  ///< from what is pooled to the embedding, linear, without a bias
  bool pool_in_proj = false;       ///< Pooling::attention: query, keys and values in one tensor
  BlockKind block = BlockKind::pre_norm;
  int64_t paths = 1;  ///< attention layers, and MLPs, of a block
  /// Each head's attention is the difference of two, and what it mixes is normalised (Ye et al.
  /// 2024, arXiv:2410.05258).
  bool differential = false;
  bool attn_proj_bias = true;  ///< of proj, after attention

  /// Columns that fc1 gives.
  int64_t fc1_dim() const { return mlp == MlpKind::gated ? 2 * mlp_dim : mlp_dim; }
  int64_t head_dim() const { return dim / heads; }
  /// Queries and keys of a head are cut into so many parts.
  int64_t key_parts() const { return differential ? 2 : 1; }
  /// Attention maps of a block: its heads, one path's after the other's.
  int64_t maps() const { return paths * heads; }
  int64_t pooled_dim() const { return pooling == Pooling::token_and_patch_mean ? 2 * dim : dim; }
  /// Columns of what a classifier head takes in.
  int64_t classifier_dim() const { return embed_dim > 0 ? embed_dim : pooled_dim(); }
  int64_t prefix_tokens() const { return int64_t{cls_token} + int64_t{dist_token} + registers; }
  /// Tokens before those that are pooled.
  int64_t unpooled_prefix() const { return pool_prefix ? 0 : prefix_tokens(); }
  /// Of the prefix, those that the position embedding has rows for.
  int64_t positioned_prefix() const {
    if (pos_embed_rows == PosEmbedRows::class_and_patches) return int64_t{cls_token};
    return pos_embed_rows == PosEmbedRows::all_tokens ? prefix_tokens() : 0;
  }
  /// Rows of the table of position biases: a patch's distances from another, down and across, then,
  /// with a class token, class token to patch, patch to class token, class token to itself.
  int64_t position_bias_rows() const {
    const ImageSize trained = grid(image);
    return (2 * trained.height - 1) * (2 * trained.width - 1) + position_bias_extra_rows();
  }
  int64_t position_bias_extra_rows() const { return cls_token ? 3 : 0; }
  /// Patches down and across for an input of `size`.
  ImageSize grid(ImageSize size) const { return {size.height / patch, size.width / patch}; }
  /// Rows of the token sequence for an input of `size`: T = prefix + patches.
  int64_t tokens(ImageSize size) const {
    return prefix_tokens() + grid(size).height * grid(size).width;
  }
};

const char* name_of(Activation activation);
const char* name_of(PosEmbedResize resize);
const char* name_of(Pooling pooling);
const char* name_of(QkvBias bias);
const char* name_of(MlpKind kind);
const char* name_of(NormKind kind);
const char* name_of(BlockKind kind);

}  // namespace saccade
