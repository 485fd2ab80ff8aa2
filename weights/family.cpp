#include "weights/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "weights/naming.h"

namespace saccade {
namespace {

// Facts from transformers 5.23 (models/vit, models/deit) and timm 1.0.31 (vision_transformer.py,
// deit.py), checked against both by tests/golden.
const std::array kFamilies{
    Family{.name = "ViT (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"ViTForImageClassification"},
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .ignorable = {"pooler.*", "embeddings.mask_token"}},
    // The distillation token takes part in attention, but only the class token is read.
    Family{.name = "DeiT (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"DeiTForImageClassification"},
           .dist_token = true,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .ignorable = {"pooler.*", "embeddings.mask_token"}},
    Family{.name = "DeiT distilled (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"DeiTForImageClassificationWithTeacher"},
           .dist_token = true,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"cls_classifier", 0}, {"distillation_classifier", 1}},
           .ignorable = {"pooler.*", "embeddings.mask_token"}},
    Family{.name = "ViT (timm)",
           .config = ConfigKind::timm,
           .architectures =
               {"vit_tiny_patch16_224",  "vit_tiny_patch16_384",     "vit_small_patch8_224",
                "vit_small_patch16_224", "vit_small_patch16_384",    "vit_small_patch32_224",
                "vit_small_patch32_384", "vit_base_patch8_224",      "vit_base_patch16_224",
                "vit_base_patch16_384",  "vit_base_patch32_224",     "vit_base_patch32_384",
                "vit_large_patch14_224", "vit_large_patch16_224",    "vit_large_patch16_384",
                "vit_large_patch32_224", "vit_large_patch32_384",    "vit_huge_patch14_224",
                "vit_giant_patch14_224", "vit_gigantic_patch14_224", "test_vit"},
           .classifier_heads = {{"head", 0}},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "ViT without qkv bias (timm)",
           .config = ConfigKind::timm,
           .architectures = {"vit_base_patch16_224_miil"},
           .qkv_bias = false,
           .classifier_heads = {{"head", 0}},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "DeiT (timm)",
           .config = ConfigKind::timm,
           .architectures = {"deit_tiny_patch16_224", "deit_small_patch16_224",
                             "deit_base_patch16_224", "deit_base_patch16_384"},
           .classifier_heads = {{"head", 0}},
           .ignorable = {"pre_logits.*"}},
    Family{.name = "DeiT distilled (timm)",
           .config = ConfigKind::timm,
           .architectures = {"deit_tiny_distilled_patch16_224", "deit_small_distilled_patch16_224",
                             "deit_base_distilled_patch16_224", "deit_base_distilled_patch16_384"},
           .dist_token = true,
           .classifier_heads = {{"head", 0}, {"head_dist", 1}},
           .ignorable = {"pre_logits.*"}},
};

// A width given in model_args does not change them.
constexpr std::array<std::pair<std::string_view, int64_t>, 8> kTimmHeads{{{"*_tiny_*", 3},
                                                                          {"*_small_*", 6},
                                                                          {"*_base_*", 12},
                                                                          {"*_large_*", 16},
                                                                          {"*_huge_*", 16},
                                                                          {"*_giant_*", 16},
                                                                          {"*_gigantic_*", 16},
                                                                          {"test_vit", 2}}};

}  // namespace

const Family* find_family(ConfigKind config, std::string_view architecture) {
  for (const Family& family : kFamilies) {
    if (family.config != config) continue;
    for (std::string_view pattern : family.architectures) {
      if (matches(architecture, pattern)) return &family;
    }
  }
  return nullptr;
}

int64_t timm_heads(std::string_view architecture) {
  for (const auto& [pattern, heads] : kTimmHeads) {
    if (matches(architecture, pattern)) return heads;
  }
  return 0;
}

std::string known_architectures(ConfigKind config) {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) {
    if (family.config != config) continue;
    names.insert(names.end(), family.architectures.begin(), family.architectures.end());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace saccade
