// What the name of a timm model says of it, from timm/entry_points.tsv: the constructor's arguments
// that neither config.json nor the tensors show.
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
  int64_t heads = 0;        ///< whatever the width
  double norm_eps = 0;
  std::string_view activation;   ///< by timm's names
  std::string_view global_pool;  ///< by timm's names
  ImageSize image;               ///< what it is made for when nothing else is said
  PosEmbedResize pos_embed_resize = PosEmbedResize::bicubic_antialias;
  std::optional<RopeSpec> rope;  ///< nullopt: no rotary embedding
  bool pool_prefix = false;        ///< the description's
  std::string_view refusal;        ///< why Saccade does not run it; empty where it does
};

/// All of them, sorted by name.
const std::vector<TimmEntryPoint>& timm_entry_points();

/// nullptr where timm 1.0.31 has no such one among its vision transformers.
const TimmEntryPoint* find_timm_entry_point(std::string_view name);

}  // namespace saccade
