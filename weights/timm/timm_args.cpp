// The arguments of timm's constructors.
#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "weights/timm/tensor_evidence.h"
#include "weights/timm/timm_config.h"

namespace saccade {
namespace {

// Arguments that Saccade reads, that only restate what the tensors show, or that matter only to
// training.
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

// Only VisionTransformerRelPos has these.
constexpr std::array<std::string_view, 3> kRelPosArgs{"rel_pos_type", "rel_pos_dim",
                                                      "shared_rel_pos"};

// Only Eva has these.
constexpr std::array<std::string_view, 12> kEvaArgs{
    "attn_type",          "num_kv_heads",      "attn_only_layer_scale", "num_reg_tokens",
    "rope_type",          "rope_temperature",  "rope_rotate_half",      "rope_grid_offset",
    "rope_grid_indexing", "rope_shift_coords", "rope_jitter_coords",    "rope_rescale_coords"};

}  // namespace

const std::vector<std::string_view>& timm_args() {
  static const std::vector<std::string_view> all = [] {
    std::vector<std::string_view> names(kKnownArgs.begin(), kKnownArgs.end());
    names.insert(names.end(), kRelPosArgs.begin(), kRelPosArgs.end());
    names.insert(names.end(), kEvaArgs.begin(), kEvaArgs.end());
    return names;
  }();
  return all;
}

void check_timm_args(const ConfigReader& args, const nlohmann::json& values) {
  const std::vector<std::string_view>& known = timm_args();
  for (const auto& [name, value] : values.items()) {
    // The tensors show what an argument of null or false leaves out.
    const bool off = value.is_null() || value == false;
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (!is_known && !off) args.fail(name, "no such argument; Saccade cannot honour it");
  }
}

}  // namespace saccade
