// The constructor arguments behind the name of a timm model that neither config.json nor the
// tensors contain, from timm/entry_points.tsv.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/describe/vit_description.h"

namespace saccade {

struct TimmEntryPoint {
  std::string_view name;    ///< "vit_base_patch16_224"
  std::string_view family;  ///< a row of family.cpp
  int64_t heads = 0;        ///< for any width
  double norm_eps = 0;
  std::string_view activation;   ///< by timm's names
  std::string_view global_pool;  ///< by timm's names
  ImageSize image;               ///< default input size
  PosEmbedResize pos_embed_resize = PosEmbedResize::bicubic_antialias;
  std::optional<RopeSpec> rope;  ///< nullopt: no rotary embedding
  bool pool_prefix = false;      ///< PoolingSpec::include_prefix
  std::string_view refusal;      ///< why Saccade does not run it; empty if it does
};

/// All of them, sorted by name.
const std::vector<TimmEntryPoint>& timm_entry_points();

/// Returns nullptr if timm 1.0.31 has no vision transformer of that name.
const TimmEntryPoint* find_timm_entry_point(std::string_view name);

}  // namespace saccade
