// The arguments of timm's constructors.
#include <algorithm>
#include <array>
#include <string_view>

#include "weights/timm/timm_shown.h"

namespace saccade {
namespace {

// Arguments that are read here, that only restate what the tensors show, or that matter to
// training alone.
constexpr std::array<std::string_view, 45> kKnownArgs{"img_size",
                                                      "patch_size",
                                                      "in_chans",
                                                      "num_classes",
                                                      "embed_dim",
                                                      "depth",
                                                      "num_heads",
                                                      "mlp_ratio",
                                                      "act_layer",
                                                      "global_pool",
                                                      "qkv_bias",
                                                      "drop_rate",
                                                      "pos_drop_rate",
                                                      "patch_drop_rate",
                                                      "proj_drop_rate",
                                                      "attn_drop_rate",
                                                      "drop_path_rate",
                                                      "weight_init",
                                                      "dynamic_img_size",
                                                      "strict_img_size",
                                                      "pre_norm",
                                                      "init_values",
                                                      "class_token",
                                                      "reg_tokens",
                                                      "no_embed_class",
                                                      "fc_norm",
                                                      "qk_norm",
                                                      "fix_init",
                                                      "use_abs_pos_emb",
                                                      "use_rel_pos_bias",
                                                      "use_fc_norm",
                                                      "use_shared_rel_pos_bias",
                                                      "head_init_scale",
                                                      "qkv_fused",
                                                      "swiglu_mlp",
                                                      "swiglu_align_to",
                                                      "scale_mlp",
                                                      "scale_attn_inner",
                                                      "use_rot_pos_emb",
                                                      "ref_feat_shape",
                                                      "final_norm",
                                                      "norm_layer",
                                                      "use_post_norm",
                                                      "attn_layer",
                                                      "pool_include_prefix"};

// Those of VisionTransformerRelPos alone.
constexpr std::array kRelPosArgs{"rel_pos_type", "rel_pos_dim", "shared_rel_pos"};

// Those of Eva alone.
constexpr std::array kEvaArgs{"attn_type",         "num_kv_heads",       "attn_only_layer_scale",
                              "num_reg_tokens",    "rope_type",          "rope_temperature",
                              "rope_rotate_half",  "rope_grid_offset",   "rope_grid_indexing",
                              "rope_shift_coords", "rope_jitter_coords", "rope_rescale_coords"};

bool is_known(const std::string& name) {
  const auto is_in = [&](const auto& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return is_in(kKnownArgs) || is_in(kRelPosArgs) || is_in(kEvaArgs);
}

}  // namespace

void check_timm_args(const ConfigReader& args, const nlohmann::json& values) {
  for (const auto& [name, value] : values.items()) {
    const bool off = value.is_null() || value == false;  // what that removes, the tensors show
    if (!is_known(name) && !off) args.fail(name, "no such argument; Saccade cannot honour it");
  }
}

}  // namespace saccade
