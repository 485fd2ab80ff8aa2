// Checkpoint families as data: what configuration files and tensor shapes leave unsaid about the
// models that Saccade runs. Adding a family means adding a row to the table in family.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weights/vit_description.h"

namespace saccade {

/// Who wrote config.json.
enum class ConfigKind { transformers, timm };

struct Family {
  std::string_view name;
  ConfigKind config = ConfigKind::transformers;
  /// The transformers classes (`architectures`), or what timm/entry_points.tsv calls the family.
  std::vector<std::string_view> architectures;
  /// The rest but `ignorable` is transformers' alone: of timm's, tensors and that table tell.
  bool dist_token = false;
  QkvBias qkv_bias = QkvBias::all;  ///< where config.json does not deny it
  double norm_eps = 1e-6;
  PosEmbedResize pos_embed_resize = PosEmbedResize::bicubic_antialias;
  std::vector<ClassifierHead> classifier_heads = {};
  /// Patterns of stored tensors (without prefixes) that may be present and are not used.
  std::vector<std::string> ignorable;
  /// config.json says what positions, pooling and LayerScale there are (BEiT).
  bool configured_parts = false;
  std::string_view model_type = "vit";  ///< as config.json has it
};

/// The family whose `architectures` match; nullptr when Saccade has none.
const Family* find_family(ConfigKind config, std::string_view architecture);

/// The transformers classes that `find_family` accepts, for error messages.
std::string known_transformers_classes();

}  // namespace saccade
