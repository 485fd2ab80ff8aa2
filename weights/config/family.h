// Checkpoint families as data: what configuration files and tensor shapes leave unsaid about the
// models that Saccade runs. Adding a family means adding a row to the table in family.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weights/describe/vit_description.h"

namespace saccade {

/// Who wrote config.json.
enum class ConfigKind { transformers, timm };

/// What becomes of the products of a picture's embedding with those of texts.
enum class TextScores {
  none,     ///< the model has classifiers of its own
  softmax,  ///< CLIP (Radford et al. 2021, arXiv:2103.00020)
  sigmoid,  ///< SigLIP, which adds a bias (Zhai et al. 2023, arXiv:2303.15343)
};

struct Family {
  std::string_view name;
  ConfigKind config = ConfigKind::transformers;
  /// The transformers classes (`architectures`), or what timm/entry_points.tsv calls the family.
  std::vector<std::string_view> architectures;
  /// The rest but `norm`, `block` and `ignorable` is transformers' alone: of timm's, tensors and
  /// that table tell.
  bool dist_token = false;
  QkvBias qkv_bias = QkvBias::all;  ///< where config.json does not deny it
  double norm_eps = 1e-6;
  PosEmbedResize pos_embed_resize = PosEmbedResize::bicubic_antialias;
  std::vector<ClassifierHead> classifier_heads = {};
  /// `model_type` of config.json, which stands in for `architectures` and says which image
  /// processor is meant where no file does.
  std::string_view model_type = "";
  int64_t patch = 16;
  int64_t registers = 0;  ///< more than 0: "num_register_tokens" says how many
  bool layer_scale = false;
  bool mlp_by_ratio = false;  ///< "mlp_ratio" in place of "intermediate_size"
  PosEmbedRows pos_embed_rows = PosEmbedRows::all_tokens;
  Pooling pooling = Pooling::token;
  /// Whether positions are brought to whatever size preprocessing makes, unasked.
  bool any_input_size = false;
  std::string_view activation = "gelu";  ///< by transformers' names
  bool cls_token = true;
  bool patch_bias = true;
  bool norm_pre = false;
  bool norm = true;
  BlockKind block = BlockKind::pre_norm;
  /// Whether the transformer is described by the object "vision_config" of config.json.
  bool vision_config = false;
  TextScores text_scores = TextScores::none;
  bool visual_projection = false;  ///< "projection_dim" says to how many columns
  /// config.json says what positions, pooling and LayerScale there are (BEiT).
  bool configured_parts = false;
  /// Patterns of stored tensors (without prefixes) that may be present and are not used.
  std::vector<std::string> ignorable = {};
};

/// The family whose `architectures` match; nullptr when Saccade has none.
const Family* find_family(ConfigKind config, std::string_view architecture);

/// The first transformers family of that `model_type`; nullptr when there is none.
const Family* find_family_of_type(std::string_view model_type);

/// The transformers classes that `find_family` accepts, for error messages.
std::string known_transformers_classes();

}  // namespace saccade
