#include "weights/family.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace saccade {
namespace {

// Facts from transformers 5.23 (models/vit, deit, beit) and timm 1.0.31 (vision_transformer.py,
// deit.py, beit.py, eva.py), checked against both by tests/golden.
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
           .ignorable = {"pooler.*", "embeddings.mask_token"},
           .model_type = "deit"},
    Family{.name = "DeiT distilled (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"DeiTForImageClassificationWithTeacher"},
           .dist_token = true,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"cls_classifier", 0}, {"distillation_classifier", 1}},
           .ignorable = {"pooler.*", "embeddings.mask_token"},
           .model_type = "deit"},
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
    Family{.name = "BEiT (transformers)",
           .config = ConfigKind::transformers,
           .architectures = {"BeitForImageClassification"},
           .qkv_bias = QkvBias::q_and_v,
           .norm_eps = 1e-12,
           .pos_embed_resize = PosEmbedResize::bicubic,
           .classifier_heads = {{"classifier", 0}},
           .ignorable = {"*relative_position_index", "embeddings.mask_token"},
           .configured_parts = true,
           .model_type = "beit"},
    Family{.name = "BEiT (timm)",
           .config = ConfigKind::timm,
           .architectures = {"beit"},
           .ignorable = {"*relative_position_index"}},
    Family{.name = "EVA (timm)",
           .config = ConfigKind::timm,
           .architectures = {"eva"},
           .ignorable = {"rope*", "*.rope.*"}},
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

std::string known_transformers_classes() {
  std::vector<std::string_view> names;
  for (const Family& family : kFamilies) {
    if (family.config != ConfigKind::transformers) continue;
    names.insert(names.end(), family.architectures.begin(), family.architectures.end());
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace saccade
