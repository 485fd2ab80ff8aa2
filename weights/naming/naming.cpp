#include "weights/naming/naming.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace saccade {
namespace {

// transformers up to 4.x, and every official file on the hub (save_pretrained writes these still).
const Naming kTransformers4{
    "transformers",
    "encoder.layer.0.layernorm_before.weight",
    {{"cls_token", {"embeddings.cls_token"}},
     {"dist_token", {"embeddings.distillation_token"}},
     {"pos_embed", {"embeddings.position_embeddings"}},
     {"patch_embed.proj", {"embeddings.patch_embeddings.projection"}},
     {"blocks.{}.norm1", {"encoder.layer.{}.layernorm_before"}},
     {"blocks.{}.attn.qkv",
      {"encoder.layer.{}.attention.attention.query", "encoder.layer.{}.attention.attention.key",
       "encoder.layer.{}.attention.attention.value"}},
     {"blocks.{}.attn.proj", {"encoder.layer.{}.attention.output.dense"}},
     {"blocks.{}.norm2", {"encoder.layer.{}.layernorm_after"}},
     {"blocks.{}.mlp.fc1", {"encoder.layer.{}.intermediate.dense"}},
     {"blocks.{}.mlp.fc2", {"encoder.layer.{}.output.dense"}},
     {"norm", {"layernorm"}},
     {"blocks.{}.attn.q_bias", {"encoder.layer.{}.attention.attention.query.bias"}},
     {"blocks.{}.attn.v_bias", {"encoder.layer.{}.attention.attention.value.bias"}},
     {"blocks.{}.attn.relative_position_bias_table",
      {"encoder.layer.{}.attention.attention.relative_position_bias.relative_position_bias_table"}},
     {"rel_pos_bias.relative_position_bias_table",
      {"encoder.relative_position_bias.relative_position_bias_table"}},
     {"blocks.{}.ls1.gamma", {"encoder.layer.{}.lambda_1"}},
     {"blocks.{}.ls2.gamma", {"encoder.layer.{}.lambda_2"}},
     {"fc_norm", {"pooler.layernorm"}}}};

// transformers 5, in plain state_dict() dumps.
const Naming kTransformers5{
    "transformers 5",
    "layers.0.layernorm_before.weight",
    {{"cls_token", {"embeddings.cls_token"}},
     {"dist_token", {"embeddings.distillation_token"}},
     {"pos_embed", {"embeddings.position_embeddings"}},
     {"patch_embed.proj", {"embeddings.patch_embeddings.projection"}},
     {"blocks.{}.norm1", {"layers.{}.layernorm_before"}},
     {"blocks.{}.attn.qkv",
      {"layers.{}.attention.q_proj", "layers.{}.attention.k_proj", "layers.{}.attention.v_proj"}},
     {"blocks.{}.attn.proj", {"layers.{}.attention.o_proj"}},
     {"blocks.{}.norm2", {"layers.{}.layernorm_after"}},
     {"blocks.{}.mlp.fc1", {"layers.{}.mlp.fc1"}},
     {"blocks.{}.mlp.fc2", {"layers.{}.mlp.fc2"}},
     {"norm", {"layernorm"}},
     {"blocks.{}.attn.q_bias", {"layers.{}.attention.q_proj.bias"}},
     {"blocks.{}.attn.v_bias", {"layers.{}.attention.v_proj.bias"}},
     {"blocks.{}.attn.relative_position_bias_table",
      {"layers.{}.relative_position_bias.relative_position_bias_table"}},
     {"rel_pos_bias.relative_position_bias_table",
      {"shared_position_bias.relative_position_bias_table"}},
     {"blocks.{}.ls1.gamma", {"layers.{}.lambda_1"}},
     {"blocks.{}.ls2.gamma", {"layers.{}.lambda_2"}},
     {"fc_norm", {"pooler.layernorm"}}}};

// What of DINOv2, without and with registers, is spelt in several ways.
struct Dinov2Names {
  std::string_view name;
  std::string_view marker;
  std::vector<std::string_view> qkv;
  std::string_view proj;
  std::vector<std::string_view> fc1{"encoder.layer.{}.mlp.fc1"};
  std::string_view fc2 = "encoder.layer.{}.mlp.fc2";
};

Naming dinov2(Dinov2Names names) {
  return {names.name,
          names.marker,
          {{"cls_token", {"embeddings.cls_token"}},
           {"reg_token", {"embeddings.register_tokens"}},
           {"pos_embed", {"embeddings.position_embeddings"}},
           {"patch_embed.proj", {"embeddings.patch_embeddings.projection"}},
           {"blocks.{}.norm1", {"encoder.layer.{}.norm1"}},
           {"blocks.{}.attn.qkv", std::move(names.qkv)},
           {"blocks.{}.attn.proj", {names.proj}},
           {"blocks.{}.ls1.gamma", {"encoder.layer.{}.layer_scale1.lambda1"}},
           {"blocks.{}.norm2", {"encoder.layer.{}.norm2"}},
           {"blocks.{}.mlp.fc1", std::move(names.fc1)},
           {"blocks.{}.mlp.fc2", {names.fc2}},
           {"blocks.{}.ls2.gamma", {"encoder.layer.{}.layer_scale2.lambda1"}},
           {"norm", {"layernorm"}}}};
}

// As save_pretrained writes it; the gated MLP is the giant's.
const Dinov2Names kDinov2Names{.name = "transformers, DINOv2",
                               .marker = "encoder.layer.0.attention.attention.query.weight",
                               .qkv = {"encoder.layer.{}.attention.attention.query",
                                       "encoder.layer.{}.attention.attention.key",
                                       "encoder.layer.{}.attention.attention.value"},
                               .proj = "encoder.layer.{}.attention.output.dense"};
const Naming kDinov2 = dinov2(kDinov2Names);
const Naming kDinov2Gated = dinov2({.name = "transformers, DINOv2 giant",
                                    .marker = "encoder.layer.0.mlp.weights_in.weight",
                                    .qkv = kDinov2Names.qkv,
                                    .proj = kDinov2Names.proj,
                                    .fc1 = {"encoder.layer.{}.mlp.weights_in"},
                                    .fc2 = "encoder.layer.{}.mlp.weights_out"});

// In state_dict() dumps of transformers 5.
const Dinov2Names kDinov2Names5{
    .name = "transformers 5, DINOv2",
    .marker = "encoder.layer.0.attention.q_proj.weight",
    .qkv = {"encoder.layer.{}.attention.q_proj", "encoder.layer.{}.attention.k_proj",
            "encoder.layer.{}.attention.v_proj"},
    .proj = "encoder.layer.{}.attention.o_proj"};
const Naming kDinov2Transformers5 = dinov2(kDinov2Names5);
const Naming kDinov2GatedTransformers5 =
    dinov2({.name = "transformers 5, DINOv2 giant",
            .marker = "encoder.layer.0.mlp.gate_proj.weight",
            .qkv = kDinov2Names5.qkv,
            .proj = kDinov2Names5.proj,
            .fc1 = {"encoder.layer.{}.mlp.gate_proj", "encoder.layer.{}.mlp.up_proj"},
            .fc2 = "encoder.layer.{}.mlp.down_proj"});

// CLIP's and SigLIP's vision towers. ("layrnorm" is theirs.)
const Naming kVisionModel{
    "transformers, CLIP and SigLIP",
    "encoder.layers.0.layer_norm1.weight",
    {{"cls_token", {"embeddings.class_embedding"}},
     {"pos_embed", {"embeddings.position_embedding.weight"}},
     {"patch_embed.proj", {"embeddings.patch_embedding"}},
     {"norm_pre", {"pre_layrnorm"}},
     {"blocks.{}.norm1", {"encoder.layers.{}.layer_norm1"}},
     {"blocks.{}.attn.qkv",
      {"encoder.layers.{}.self_attn.q_proj", "encoder.layers.{}.self_attn.k_proj",
       "encoder.layers.{}.self_attn.v_proj"}},
     {"blocks.{}.attn.proj", {"encoder.layers.{}.self_attn.out_proj"}},
     {"blocks.{}.norm2", {"encoder.layers.{}.layer_norm2"}},
     {"blocks.{}.mlp.fc1", {"encoder.layers.{}.mlp.fc1"}},
     {"blocks.{}.mlp.fc2", {"encoder.layers.{}.mlp.fc2"}},
     {"norm", {"post_layernorm"}},
     {"attn_pool.latent", {"head.probe"}},
     {"attn_pool.in_proj_weight", {"head.attention.in_proj_weight"}},
     {"attn_pool.in_proj_bias", {"head.attention.in_proj_bias"}},
     {"attn_pool.proj", {"head.attention.out_proj"}},
     {"attn_pool.norm", {"head.layernorm"}},
     {"attn_pool.mlp.fc1", {"head.mlp.fc1"}},
     {"attn_pool.mlp.fc2", {"head.mlp.fc2"}}}};

const Naming kTimm{"timm", "blocks.0.norm1.weight", {}};

// timm's models differ in a few modules, in any combination.

// As the authors of DeiT III published it and timm's checkpoint_filter_fn (adapt_layer_scale)
// reads; and timm's own BEiT and EVA.
const Naming kTimmGammas{"timm, gamma_1",
                         "blocks.0.gamma_1",
                         {{"blocks.{}.ls1.gamma", {"blocks.{}.gamma_1"}},
                          {"blocks.{}.ls2.gamma", {"blocks.{}.gamma_2"}}}};

// EVA-02 from base on: query, key and value apart.
const Naming kTimmSplit{
    "timm, q_proj",
    "blocks.0.attn.q_proj.weight",
    {{"blocks.{}.attn.qkv",
      {"blocks.{}.attn.q_proj", "blocks.{}.attn.k_proj", "blocks.{}.attn.v_proj"}},
     {"blocks.{}.attn.q_bias", {"blocks.{}.attn.q_proj.bias"}},
     {"blocks.{}.attn.v_bias", {"blocks.{}.attn.v_proj.bias"}}}};

// An MLP's gate and what it gates apart.
const Naming kTimmGate{"timm, fc1_g",
                       "blocks.0.mlp.fc1_g.weight",
                       {{"blocks.{}.mlp.fc1", {"blocks.{}.mlp.fc1_g", "blocks.{}.mlp.fc1_x"}}}};

// Tables of position biases in timm's VisionTransformerRelPos.
const Naming kTimmRelPos{"timm, rel_pos",
                         "blocks.0.attn.rel_pos.relative_position_bias_table",
                         {{"blocks.{}.attn.relative_position_bias_table",
                           {"blocks.{}.attn.rel_pos.relative_position_bias_table"}}}};
const Naming kTimmSharedRelPos{"timm, shared_rel_pos",
                               "shared_rel_pos.relative_position_bias_table",
                               {{"rel_pos_bias.relative_position_bias_table",
                                 {"shared_rel_pos.relative_position_bias_table"}}}};

const std::array kTimmVariants{&kTimmGammas, &kTimmSplit, &kTimmGate, &kTimmRelPos,
                               &kTimmSharedRelPos};

// timm's two attention layers and two MLPs a block, in parallel.
const Naming kTimmPaths{"timm, attns",
                        "blocks.0.attns.0.norm.weight",
                        {{"blocks.{}.norm1", {"blocks.{}.attns.0.norm"}},
                         {"blocks.{}.attn.qkv", {"blocks.{}.attns.0.attn.qkv"}},
                         {"blocks.{}.attn.q_norm", {"blocks.{}.attns.0.attn.q_norm"}},
                         {"blocks.{}.attn.k_norm", {"blocks.{}.attns.0.attn.k_norm"}},
                         {"blocks.{}.attn.proj", {"blocks.{}.attns.0.attn.proj"}},
                         {"blocks.{}.ls1.gamma", {"blocks.{}.attns.0.ls.gamma"}},
                         {"blocks.{}.norm2", {"blocks.{}.ffns.0.norm"}},
                         {"blocks.{}.mlp.fc1", {"blocks.{}.ffns.0.mlp.fc1"}},
                         {"blocks.{}.mlp.fc2", {"blocks.{}.ffns.0.mlp.fc2"}},
                         {"blocks.{}.ls2.gamma", {"blocks.{}.ffns.0.ls.gamma"}},
                         {"blocks.{}.paths.1.norm1", {"blocks.{}.attns.1.norm"}},
                         {"blocks.{}.paths.1.attn.qkv", {"blocks.{}.attns.1.attn.qkv"}},
                         {"blocks.{}.paths.1.attn.q_norm", {"blocks.{}.attns.1.attn.q_norm"}},
                         {"blocks.{}.paths.1.attn.k_norm", {"blocks.{}.attns.1.attn.k_norm"}},
                         {"blocks.{}.paths.1.attn.proj", {"blocks.{}.attns.1.attn.proj"}},
                         {"blocks.{}.paths.1.ls1.gamma", {"blocks.{}.attns.1.ls.gamma"}},
                         {"blocks.{}.paths.1.norm2", {"blocks.{}.ffns.1.norm"}},
                         {"blocks.{}.paths.1.mlp.fc1", {"blocks.{}.ffns.1.mlp.fc1"}},
                         {"blocks.{}.paths.1.mlp.fc2", {"blocks.{}.ffns.1.mlp.fc2"}},
                         {"blocks.{}.paths.1.ls2.gamma", {"blocks.{}.ffns.1.ls.gamma"}}},
                        {}};

// timm's attention beside the MLP: both take in what one norm and one layer give.
const Naming kTimmParallel{"timm, in_proj",
                           "blocks.0.in_proj.weight",
                           {{"blocks.{}.norm1", {"blocks.{}.in_norm"}},
                            {"blocks.{}.attn.qkv", {"blocks.{}.in_proj"}},
                            {"blocks.{}.mlp.fc1", {"blocks.{}.in_proj"}},
                            {"blocks.{}.attn.q_norm", {"blocks.{}.q_norm"}},
                            {"blocks.{}.attn.k_norm", {"blocks.{}.k_norm"}},
                            {"blocks.{}.attn.proj", {"blocks.{}.attn_out_proj"}},
                            {"blocks.{}.mlp.fc2", {"blocks.{}.mlp_out_proj"}},
                            {"blocks.{}.ls1.gamma", {"blocks.{}.ls.gamma"}},
                            {"blocks.{}.ls2.gamma", {"blocks.{}.ls.gamma"}}},
                           {{"blocks.{}.in_proj", 0, {"blocks.{}.mlp.fc1", "blocks.{}.attn.qkv"}}}};

// The same without a bias of q, k and v.
const Naming kTimmParallelMlpBias = [] {
  Naming naming = kTimmParallel;
  naming.name = "timm, in_proj and mlp_bias";
  naming.marker = "blocks.0.mlp_bias";
  naming.modules.insert(naming.modules.begin(), {"blocks.{}.mlp.fc1.bias", {"blocks.{}.mlp_bias"}});
  return naming;
}();

// With differential attention: both go through one last layer, too.
const Naming kTimmParallelDifferential = [] {
  Naming naming = kTimmParallel;
  naming.name = "timm, in_proj and out_proj";
  naming.marker = "blocks.0.out_proj.weight";
  const std::vector<ModuleName> own{{"blocks.{}.attn.proj.weight", {"blocks.{}.out_proj.weight"}},
                                    {"blocks.{}.mlp.fc2", {"blocks.{}.out_proj"}},
                                    {"blocks.{}.attn.sub_norm", {"blocks.{}.sub_norm"}},
                                    {"blocks.{}.attn.lambda_q1", {"blocks.{}.lambda_q1"}},
                                    {"blocks.{}.attn.lambda_k1", {"blocks.{}.lambda_k1"}},
                                    {"blocks.{}.attn.lambda_q2", {"blocks.{}.lambda_q2"}},
                                    {"blocks.{}.attn.lambda_k2", {"blocks.{}.lambda_k2"}}};
  naming.modules.insert(naming.modules.begin(), own.begin(), own.end());
  naming.joined.push_back({"blocks.{}.out_proj", 1, {"blocks.{}.attn.proj", "blocks.{}.mlp.fc2"}});
  return naming;
}();

// The first whose marker is there: kDinov2's is in files of kTransformers4 and of the gated ones,
// too.
const std::array kNamings{&kTransformers4,
                          &kTransformers5,
                          &kTimm,
                          &kDinov2Gated,
                          &kDinov2,
                          &kDinov2GatedTransformers5,
                          &kDinov2Transformers5,
                          &kVisionModel,
                          &kTimmPaths,
                          &kTimmParallelMlpBias,
                          &kTimmParallelDifferential,
                          &kTimmParallel};

// DistributedDataParallel puts "module." before every name, torch.compile "_orig_mod.",
// transformers' TimmWrapper "timm_model.".
const std::array<std::string_view, 7> kOuter{"",
                                             "module.",
                                             "_orig_mod.",
                                             "module._orig_mod.",
                                             "_orig_mod.module.",
                                             "timm_model.",
                                             "module.timm_model."};
const std::array<std::string_view, 7> kInner{
    "", "vit.", "deit.", "beit.", "dinov2.", "dinov2_with_registers.", "vision_model."};

// Splits "blocks.12.mlp.fc1.weight" into the module "blocks.{}.mlp.fc1", the number "12" and the
// parameter ".weight"; a bare tensor such as "cls_token" has neither number nor parameter.
struct CanonicalParts {
  std::string module;
  std::string number;
  std::string parameter;
};

CanonicalParts split_canonical(std::string_view canonical) {
  CanonicalParts parts{std::string(canonical), "", ""};
  for (std::string_view parameter : {".weight", ".bias"}) {
    if (canonical.ends_with(parameter)) {
      parts.parameter = parameter;
      parts.module.resize(canonical.size() - parameter.size());
    }
  }
  constexpr std::string_view blocks = "blocks.";
  if (canonical.starts_with(blocks)) {
    const size_t end = parts.module.find('.', blocks.size());
    parts.number = parts.module.substr(blocks.size(), end - blocks.size());
    parts.module = "blocks.{}" + parts.module.substr(end);
  }
  return parts;
}

std::string fill_number(std::string_view pattern, const std::string& number) {
  std::string text(pattern);
  if (const size_t at = text.find("{}"); at != std::string::npos) text.replace(at, 2, number);
  return text;
}

// The variants that a file of timm's shows.
std::vector<const Naming*> variants_of(const Naming& naming, const std::string& prefix,
                                       const TensorFile& tensors) {
  std::vector<const Naming*> found;
  if (&naming != &kTimm) return found;
  std::copy_if(kTimmVariants.begin(), kTimmVariants.end(), std::back_inserter(found),
               [&](const Naming* variant) {
                 return tensors.find(prefix + std::string(variant->marker)) != nullptr;
               });
  return found;
}

const ModuleName* find_module(const Naming& naming, const CanonicalParts& canonical) {
  const std::string parameter = canonical.module + canonical.parameter;
  const auto found =
      std::find_if(naming.modules.begin(), naming.modules.end(), [&](const ModuleName& module) {
        return module.canonical == canonical.module || module.canonical == parameter;
      });
  return found != naming.modules.end() ? &*found : nullptr;
}

const ModuleName* find_module(const FoundNaming& found, const CanonicalParts& canonical) {
  for (const Naming* variant : found.variants) {
    if (const ModuleName* module = find_module(*variant, canonical)) return module;
  }
  return find_module(*found.naming, canonical);
}

}  // namespace

FoundNaming find_naming(const TensorFile& tensors) {
  for (const Naming* naming : kNamings) {
    for (std::string_view outer : kOuter) {
      for (std::string_view inner : kInner) {
        const std::string prefix = std::string(outer) + std::string(inner);
        if (tensors.find(prefix + std::string(naming->marker))) {
          return {naming, std::string(outer), std::string(inner),
                  variants_of(*naming, prefix, tensors)};
        }
      }
    }
  }
  return {};
}

std::vector<std::string> stored_names(const FoundNaming& found, std::string_view canonical) {
  const std::string prefix = found.outer + found.inner;
  const CanonicalParts parts = split_canonical(canonical);
  const ModuleName* module = find_module(found, parts);
  if (!module) return {prefix + std::string(canonical)};
  const bool whole = module->canonical == parts.module;  // not one parameter of it
  std::vector<std::string> names;
  for (std::string_view stored : module->stored) {
    names.push_back(prefix + fill_number(stored, parts.number) + (whole ? parts.parameter : ""));
  }
  return names;
}

std::optional<JoinedPlace> joined_place(const FoundNaming& found, std::string_view canonical) {
  const CanonicalParts parts = split_canonical(canonical);
  const std::string stored = stored_names(found, canonical).front();
  for (const JoinedModule& joined : found.naming->joined) {
    if (stored !=
        found.outer + found.inner + fill_number(joined.stored, parts.number) + parts.parameter) {
      continue;
    }
    JoinedPlace place{joined.axis, {}};
    for (std::string_view one : joined.canonical) {
      const std::string name = fill_number(one, parts.number) + parts.parameter;
      if (stored_names(found, name).front() == stored) place.canonical.push_back(name);
    }
    if (place.canonical.size() > 1) return place;
  }
  return std::nullopt;
}

bool matches(std::string_view text, std::string_view pattern) {
  // Greedy with one point of return: the last '*' seen.
  size_t t = 0, p = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string BlockBranch::prefix() const {
  return path == 0 ? fmt::format("blocks.{}.", block)
                   : fmt::format("blocks.{}.paths.{}.", block, path);
}

}  // namespace saccade
