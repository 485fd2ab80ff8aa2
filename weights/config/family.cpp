#include "weights/config/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace saccade {
namespace {

// Facts from transformers 5.23 (models/vit, deit, beit, dinov2, dinov2_with_registers, clip,
// siglip) and timm 1.0.31 (vision_transformer.py, vision_transformer_relpos.py, deit.py, beit.py,
// eva.py), checked against both by tests/golden.
const std::array kFamilies{
    Family{.name = "ViT (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"ViTForImageClassification"},
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "vit",
           .ignorable = {"pooler.*", "embeddings.mask_token"}},
    // The distillation token takes part in attention, but only the class token is read.
    Family{.name = "DeiT (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"DeiTForImageClassification"},
           .dist_token = true,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "deit",
           .ignorable = {"pooler.*", "embeddings.mask_token"}},
    Family{.name = "DeiT distilled (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"DeiTForImageClassificationWithTeacher"},
           .dist_token = true,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"cls_classifier", 0}, {"distillation_classifier", 1}},
           .model_type = "deit",
           .ignorable = {"pooler.*", "embeddings.mask_token"}},
    Family{.name = "ViT (timm)",
           .config = ConfigKind::timm,
           .architectures = {"vit"},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "DeiT (timm)",
           .config = ConfigKind::timm,
           .architectures = {"deit"},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "DeiT distilled (timm)",
           .config = ConfigKind::timm,
           .architectures = {"deit_distilled"},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "DeiT III (timm)",
           .config = ConfigKind::timm,
           .architectures = {"deit3"},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "ViT, residual post-norm (timm)",
           .config = ConfigKind::timm,
           .architectures = {"vit_post_norm"},
           .block = BlockKind::post_norm},
    Family{.name = "ViT, attention beside MLP (timm)",
           .config = ConfigKind::timm,
           .architectures = {"vit_parallel"},
           .block = BlockKind::parallel},
    Family{.name = "ViT, parallel paths (timm)",
           .config = ConfigKind::timm,
           .architectures = {"vit_paths"},
           .block = BlockKind::branches},
    Family{.name = "EVA-02-E (timm)",
           .config = ConfigKind::timm,
           .architectures = {"eva_post_norm"},
           .block = BlockKind::post_norm},
    Family{.name = "RADIO (timm)",
           .config = ConfigKind::timm,
           .architectures = {"radio"},
           .norm = false},
    Family{.name = "InternViT (timm)",
           .config = ConfigKind::timm,
           .architectures = {"internvit"},
           .norm = false},
    // config_from_torchvision() fills in the rest.
    Family{.name = "ViT (torchvision)",
           .config = ConfigKind::torchvision,
           .architectures = {"vit"},
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"heads.head", 0}}},
    Family{.name = "BEiT (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"BeitForImageClassification"},
           .qkv_bias = QkvBias::q_and_v,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "beit",
           .any_input_size = true,
           .configured_parts = true,
           .ignorable = {"*relative_position_index", "embeddings.mask_token"}},
    Family{.name = "BEiT (timm)",
           .config = ConfigKind::timm,
           .architectures = {"beit"},
           .ignorable = {"*relative_position_index"}},
    Family{.name = "EVA (timm)",
           .config = ConfigKind::timm,
           .architectures = {"eva"},
           .ignorable = {"rope*", "*.rope.*"}},
    Family{.name = "DINOv3, LingBot and Sapiens 2 (timm)",
           .config = ConfigKind::timm,
           .architectures = {"dinov3"},
           .ignorable = {"rope*", "*.rope.*"}},
    Family{.name = "DINOv2 (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"Dinov2ForImageClassification"},
           .norm_eps = 1e-6,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "dinov2",
           .patch = 14,
           .layer_scale = true,
           .mlp_by_ratio = true,
           .pooling = Pooling::token_and_patch_mean,
           .any_input_size = true,
           .processor_size = true,
           .ignorable = {"embeddings.mask_token"}},
    Family{.name = "DINOv2 with registers (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"Dinov2WithRegistersForImageClassification"},
           .norm_eps = 1e-6,
           .pos_embed_resize = PosEmbedResize::bicubic_antialias,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "dinov2_with_registers",
           .patch = 16,
           .registers = 4,
           .layer_scale = true,
           .mlp_by_ratio = true,
           .pos_embed_rows = PosEmbedRows::class_and_patches,
           .pooling = Pooling::token_and_patch_mean,
           .any_input_size = true,
           .processor_size = true,
           .ignorable = {"embeddings.mask_token"}},
    // The patches are averaged as the last block leaves them; the text tower of a whole CLIP may be
    // there.
    Family{.name = "CLIP (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"CLIPForImageClassification"},
           .norm_eps = 1e-5,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "clip",
           .patch = 32,
           .pooling = Pooling::patch_mean,
           .activation = "quick_gelu",
           .patch_bias = false,
           .norm_pre = true,
           .norm = false,
           .vision_config = true,
           .ignorable = {"post_layernorm.*", "embeddings.position_ids", "text_model.*",
                         "text_projection.*", "visual_projection.*", "logit_scale"}},
    // Its own pooling by attention is not used.
    Family{.name = "SigLIP (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"SiglipForImageClassification"},
           .norm_eps = 1e-6,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .model_type = "siglip",
           .pooling = Pooling::patch_mean,
           .activation = "gelu_pytorch_tanh",
           .cls_token = false,
           .vision_config = true,
           .ignorable = {"head.*", "embeddings.position_ids", "text_model.*", "logit_scale",
                         "logit_bias"}},
    // The picture's side of the whole models. Classes are texts, whose embeddings are given.
    Family{.name = "CLIP, zero-shot (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"CLIPModel"},
           .norm_eps = 1e-5,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"text_embeds", 0}},
           .model_type = "clip",
           .patch = 32,
           .activation = "quick_gelu",
           .patch_bias = false,
           .norm_pre = true,
           .vision_config = true,
           .text_scores = TextScores::softmax,
           .visual_projection = true,
           .ignorable = {"embeddings.position_ids", "text_model.*", "text_projection.*",
                         "logit_scale"}},
    Family{.name = "SigLIP, zero-shot (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"SiglipModel"},
           .norm_eps = 1e-6,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"text_embeds", 0}},
           .model_type = "siglip",
           .pooling = Pooling::attention,
           .activation = "gelu_pytorch_tanh",
           .cls_token = false,
           .vision_config = true,
           .text_scores = TextScores::sigmoid,
           .ignorable = {"embeddings.position_ids", "text_model.*", "logit_scale", "logit_bias"}},
};

}  // namespace

const Family* find_family(ConfigKind config, std::string_view architecture) {
  for (const Family& family : kFamilies) {
    if (family.config != config) continue;
    const auto& known = family.architectures;
    if (std::find(known.begin(), known.end(), architecture) != known.end()) return &family;
  }
  return nullptr;
}

std::vector<const Family*> families_of_type(std::string_view model_type) {
  std::vector<const Family*> found;
  for (const Family& family : kFamilies) {
    if (family.config == ConfigKind::transformers && family.model_type == model_type) {
      found.push_back(&family);
    }
  }
  return found;
}

std::string known_transformers_classes() {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) {
    if (family.config != ConfigKind::transformers) continue;
    names.insert(names.end(), family.architectures.begin(), family.architectures.end());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace saccade
