#include "weights/naming/naming_tables.h"

#include <array>
#include <utility>
#include <vector>

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

// The names of DINOv2 (with or without registers) that differ from file to file.
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

// As save_pretrained writes them; the giant has the gated MLP.
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

// torchvision's VisionTransformer, in the names that it has now; its own files have the older ones.
const Naming kTorchvision{
    "torchvision",
    "encoder.layers.encoder_layer_0.ln_1.weight",
    {{"cls_token", {"class_token"}},
     {"pos_embed", {"encoder.pos_embedding"}},
     {"patch_embed.proj", {"conv_proj"}},
     {"blocks.{}.norm1", {"encoder.layers.encoder_layer_{}.ln_1"}},
     {"blocks.{}.attn.qkv.weight",
      {"encoder.layers.encoder_layer_{}.self_attention.in_proj_weight"}},
     {"blocks.{}.attn.qkv.bias", {"encoder.layers.encoder_layer_{}.self_attention.in_proj_bias"}},
     {"blocks.{}.attn.proj", {"encoder.layers.encoder_layer_{}.self_attention.out_proj"}},
     {"blocks.{}.norm2", {"encoder.layers.encoder_layer_{}.ln_2"}},
     {"blocks.{}.mlp.fc1", {"encoder.layers.encoder_layer_{}.mlp.0"}},
     {"blocks.{}.mlp.fc2", {"encoder.layers.encoder_layer_{}.mlp.3"}},
     {"norm", {"encoder.ln"}}}};
const Naming kTorchvisionLinear{
    "torchvision, linear_1",
    "encoder.layers.encoder_layer_0.mlp.linear_1.weight",
    {{"blocks.{}.mlp.fc1", {"encoder.layers.encoder_layer_{}.mlp.linear_1"}},
     {"blocks.{}.mlp.fc2", {"encoder.layers.encoder_layer_{}.mlp.linear_2"}}}};
const std::array<const Naming*, 1> kTorchvisionVariants{&kTorchvisionLinear};

const Naming kTimm{"timm", "blocks.0.norm1.weight", {}};

// Variants of kTimm: each renames a few modules, and a file may follow several.

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

// A gated MLP whose two halves are stored apart.
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

const std::array<const Naming*, 5> kTimmVariants{&kTimmGammas, &kTimmSplit, &kTimmGate,
                                                 &kTimmRelPos, &kTimmSharedRelPos};

// timm's two attention layers and two MLPs a block, in parallel.
const Naming kTimmBranches{"timm, attns",
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
                            {"blocks.{}.branches.1.norm1", {"blocks.{}.attns.1.norm"}},
                            {"blocks.{}.branches.1.attn.qkv", {"blocks.{}.attns.1.attn.qkv"}},
                            {"blocks.{}.branches.1.attn.q_norm", {"blocks.{}.attns.1.attn.q_norm"}},
                            {"blocks.{}.branches.1.attn.k_norm", {"blocks.{}.attns.1.attn.k_norm"}},
                            {"blocks.{}.branches.1.attn.proj", {"blocks.{}.attns.1.attn.proj"}},
                            {"blocks.{}.branches.1.ls1.gamma", {"blocks.{}.attns.1.ls.gamma"}},
                            {"blocks.{}.branches.1.norm2", {"blocks.{}.ffns.1.norm"}},
                            {"blocks.{}.branches.1.mlp.fc1", {"blocks.{}.ffns.1.mlp.fc1"}},
                            {"blocks.{}.branches.1.mlp.fc2", {"blocks.{}.ffns.1.mlp.fc2"}},
                            {"blocks.{}.branches.1.ls2.gamma", {"blocks.{}.ffns.1.ls.gamma"}}},
                           {}};

// timm's parallel blocks: qkv and fc1 are one linear layer.
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

// The same without a bias of queries, keys and values.
const Naming kTimmParallelMlpBias = [] {
  Naming naming = kTimmParallel;
  naming.name = "timm, in_proj and mlp_bias";
  naming.marker = "blocks.0.mlp_bias";
  naming.modules.insert(naming.modules.begin(), {"blocks.{}.mlp.fc1.bias", {"blocks.{}.mlp_bias"}});
  return naming;
}();

// With differential attention: proj and fc2 are one linear layer, too.
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

// In the order of search: files of kTransformers4 and of the gated DINOv2 have kDinov2's marker,
// too.
const std::array<const Naming*, 13> kNamings{&kTransformers4,
                                             &kTransformers5,
                                             &kTimm,
                                             &kDinov2Gated,
                                             &kDinov2,
                                             &kDinov2GatedTransformers5,
                                             &kDinov2Transformers5,
                                             &kVisionModel,
                                             &kTorchvision,
                                             &kTimmBranches,
                                             &kTimmParallelMlpBias,
                                             &kTimmParallelDifferential,
                                             &kTimmParallel};

}  // namespace

std::span<const Naming* const> all_namings() { return kNamings; }

std::span<const Naming* const> variants_of(const Naming& naming) {
  if (&naming == &kTimm) return kTimmVariants;
  if (&naming == &kTorchvision) return kTorchvisionVariants;
  return {};
}

bool is_torchvision(const Naming& naming) { return &naming == &kTorchvision; }

}  // namespace saccade
