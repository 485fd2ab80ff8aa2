// The table of checkpoint families: facts about the models that neither configuration files nor
// tensor shapes contain. To add a family, add a row to family.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weights/describe/vit_description.h"

namespace saccade {

/// The library that wrote config.json; torchvision writes none.
enum class ConfigKind { transformers, timm, torchvision };

/// How products of image and text embeddings become scores.
enum class TextScores {
  none,     ///< none: the model has classifiers
  softmax,  ///< CLIP (Radford et al. 2021, arXiv:2103.00020)
  sigmoid,  ///< SigLIP, which adds a bias (Zhai et al. 2023, arXiv:2303.15343)
};

struct Family {
  std::string_view name;
  ConfigKind config = ConfigKind::transformers;
  /// The transformers classes (`architectures`), or what timm/entry_points.tsv calls the family.
  std::vector<std::string_view> architectures;
  /// The fields below, except `norm`, `block` and `ignorable`, are for transformers only: for timm,
  /// the tensors and entry_points.tsv contain them.
  bool dist_token = false;
  QkvBias qkv_bias = QkvBias::all;  ///< unless config.json says "qkv_bias": false
  double norm_eps = 1e-6;
  PosEmbedResize pos_embed_resize = PosEmbedResize::bicubic_antialias;
  std::vector<ClassifierHead> classifier_heads = {};
  /// `model_type` of config.json: used if "architectures" is missing, and to choose the image
  /// processor if no file names one.
  std::string_view model_type = "";
  int64_t patch = 16;
  int64_t registers = 0;  ///< default of "num_register_tokens"; 0: never any
  bool layer_scale = false;
  bool mlp_by_ratio = false;  ///< "mlp_ratio" in place of "intermediate_size"
  PosEmbedRows pos_embed_rows = PosEmbedRows::all_tokens;
  Pooling pooling = Pooling::token;
  /// Whether positions are resized to the size that preprocessing produces, without --img-size.
  bool any_input_size = false;
  /// Whether the processor's own size is used without a file for preprocessing, in place of the
  /// trained one.
  bool processor_size = false;
  std::string_view activation = "gelu";  ///< by transformers' names
  bool cls_token = true;
  bool patch_bias = true;
  bool norm_pre = false;
  bool norm = true;
  BlockKind block = BlockKind::pre_norm;
  /// Whether the object "vision_config" of config.json describes the transformer.
  bool vision_config = false;
  TextScores text_scores = TextScores::none;
  bool visual_projection = false;  ///< its columns are "projection_dim"
  /// Whether config.json configures positions, pooling and LayerScale (BEiT).
  bool configured_parts = false;
  /// Patterns of stored tensors (without prefixes) that may be present and are not used.
  std::vector<std::string> ignorable = {};
};

/// Returns the family whose `architectures` match, or nullptr.
const Family* find_family(ConfigKind config, std::string_view architecture);

/// Returns the transformers families of that `model_type`, which differ in their classifiers.
std::vector<const Family*> families_of_type(std::string_view model_type);

/// The transformers classes that `find_family` accepts, for error messages.
std::string known_transformers_classes();

}  // namespace saccade
