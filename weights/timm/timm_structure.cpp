// The transformer of a timm checkpoint, from its tensors, its config.json and its entry point.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "weights/base/errors.h"
#include "weights/timm/tensor_evidence.h"

namespace saccade {
namespace {

constexpr int64_t kLargestPatch = 1024;
constexpr int64_t kMostRegisters = 1024;

// init_values is the initial LayerScale; a value that is false in Python means none.
std::optional<bool> configured_layer_scale(const ConfigReader& args) {
  const nlohmann::json* value = args.find("init_values");
  if (!value) return std::nullopt;
  return value->is_boolean() ? value->get<bool>() : *args.number("init_values", -1e6, 1e6) != 0;
}

// The fc1 of a gated MLP has twice the columns that fc2 takes in.
void resolve_mlp(const ConfigReader& args, const TensorEvidence& evidence, VitDescription& vit) {
  const int64_t rows = evidence.rows("blocks.0.mlp.fc1.weight");
  if (vit.block.kind == BlockKind::parallel) {  // fc1 and qkv are one tensor
    vit.mlp.hidden_dim = rows - 3 * std::min(vit.dim, kLargest);
    return;
  }
  const bool gated = rows % 2 == 0 && rows / 2 == evidence.shape("blocks.0.mlp.fc2.weight", 2)[1];
  vit.mlp.kind = gated ? MlpKind::gated : MlpKind::plain;
  vit.mlp.hidden_dim = gated ? rows / 2 : rows;
  if (const auto said = args.boolean("swiglu_mlp"); said && *said != gated) {
    args.fail("swiglu_mlp", fmt::format("{}, as the shapes of the tensors show", gated));
  }
  vit.mlp.norm = infer_flag(args, "scale_mlp", args.boolean("scale_mlp"), evidence,
                            "blocks.0.mlp.norm.weight");
}

// Only LayerNorm has a bias. A norm in model_args has timm's epsilon, not the entry point's.
void resolve_norm_kind(const ConfigReader& args, const TensorEvidence& evidence,
                       ModelConfig& model) {
  const bool centred = evidence.has("blocks.0.norm1.bias");
  model.vit.norms.kind = centred ? NormKind::layer : NormKind::rms;
  model.sources["norm_kind"] = kFromShape;
  const auto said = args.text("norm_layer");
  if (said) {
    model.vit.norms.eps = 1e-6;
    model.sources["norm_eps"] = args.source();
  }
  if (said && *said != (centred ? "layernorm" : "rmsnorm")) {
    args.fail("norm_layer", fmt::format("\"{}\", as the weights have {}tensor '{}'",
                                        centred ? "layernorm" : "rmsnorm", centred ? "a " : "no ",
                                        evidence.stored("blocks.0.norm1.bias")));
  }
}

void resolve_sizes(const ConfigReader& args, const TensorEvidence& evidence, ModelConfig& model) {
  VitDescription& vit = model.vit;
  const std::vector<int64_t>& patch = evidence.shape("patch_embed.proj.weight", 4);
  vit.dim = patch[0];
  vit.tokens.channels = patch[1];
  vit.tokens.patch = patch[2];
  resolve_mlp(args, evidence, vit);
  if (vit.tokens.patch < 1 || vit.tokens.patch > kLargestPatch) {
    throw ModelError(
        fmt::format("{}: tensor 'patch_embed.proj.weight' has patches of {}; wanted 1 to {}",
                    evidence.file(), vit.tokens.patch, kLargestPatch));
  }
  while (evidence.has(fmt::format("blocks.{}.norm1.weight", vit.depth))) ++vit.depth;
  while (vit.block.kind == BlockKind::branches &&
         evidence.has(BlockBranch{0, vit.block.branches}.prefix() + "norm1.weight")) {
    ++vit.block.branches;
  }
  check_number(args, "embed_dim", vit.dim);
  check_number(args, "depth", vit.depth);
  for (const char* field : {"dim", "channels", "patch", "mlp_dim", "mlp", "depth"}) {
    model.sources[field] = kFromShape;
  }
}

void resolve_tokens(const ConfigReader& args, const TensorEvidence& evidence, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.tokens.cls_token =
      infer_flag(args, "class_token", args.boolean("class_token"), evidence, "cls_token");
  vit.tokens.dist_token = evidence.has("dist_token");
  vit.tokens.registers = evidence.has("reg_token") ? evidence.shape("reg_token", 3)[1] : 0;
  if (vit.tokens.registers > kMostRegisters) {
    throw ModelError(fmt::format("{}: tensor '{}' has {} registers; wanted at most {}",
                                 evidence.file(), evidence.stored("reg_token"),
                                 vit.tokens.registers, kMostRegisters));
  }
  for (const char* key : {"reg_tokens", "num_reg_tokens"})
    check_number(args, key, vit.tokens.registers);
  model.sources["tokens"] = kFromShape;
}

QkvBias infer_qkv_bias(const ConfigReader& args, const TensorEvidence& evidence) {
  if (!evidence.has_whole("blocks.0.attn.qkv.bias") && evidence.has("blocks.0.attn.q_bias")) {
    infer_flag(args, "qkv_bias", args.boolean("qkv_bias"), evidence, "blocks.0.attn.q_bias");
    return QkvBias::q_and_v;
  }
  return infer_flag(args, "qkv_bias", args.boolean("qkv_bias"), evidence, "blocks.0.attn.qkv.bias")
             ? QkvBias::all
             : QkvBias::none;
}

// Pre-norm and post-norm blocks have the same tensors. Only Eva has an argument for it.
void resolve_block_kind(const ConfigReader& args, const TimmEntryPoint& entry, ModelConfig& model) {
  model.vit.block.kind = model.family->block;
  model.sources["blocks"] = kFromFamily;
  const auto said = args.boolean("use_post_norm");
  if (!said) return;
  const bool eva = entry.family == "eva" || entry.family == "eva_post_norm";
  if (!eva) args.fail("use_post_norm", "no such argument: only Eva has it");
  model.vit.block.kind = *said ? BlockKind::post_norm : BlockKind::pre_norm;
  model.sources["blocks"] = args.source();
}

void resolve_blocks(const ConfigReader& args, const TensorEvidence& evidence, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.attention.qkv_bias = infer_qkv_bias(args, evidence);
  vit.attention.qk_norm =
      infer_flag(args, "qk_norm", args.boolean("qk_norm"), evidence, "blocks.0.attn.q_norm.weight");
  vit.attention.norm = infer_flag(args, "scale_attn_inner", args.boolean("scale_attn_inner"),
                                  evidence, "blocks.0.attn.norm.weight");
  vit.tokens.patch_bias = evidence.has("patch_embed.proj.bias");
  vit.norms.before_blocks =
      infer_flag(args, "pre_norm", args.boolean("pre_norm"), evidence, "norm_pre.weight");
  if (vit.block.kind != BlockKind::post_norm) {  // its init_values are for the norms
    vit.block.layer_scale = infer_flag(args, "init_values", configured_layer_scale(args), evidence,
                                       "blocks.0.ls1.gamma");
  }
  vit.block.mlp_layer_scale = !vit.block.layer_scale || evidence.has("blocks.0.ls2.gamma");
  const auto attention_alone = args.boolean("attn_only_layer_scale");
  if (attention_alone && vit.block.layer_scale && *attention_alone == vit.block.mlp_layer_scale) {
    args.fail("attn_only_layer_scale",
              fmt::format("{}, as the tensors show", !vit.block.mlp_layer_scale));
  }
  for (const char* field : {"qkv_bias", "qk_norm", "layer_scale", "attn_norm"}) {
    model.sources[field] = kFromShape;
  }
}

void resolve_attention(const ConfigReader& args, const TensorEvidence& evidence,
                       ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.attention.differential = evidence.has("blocks.0.attn.lambda_q1");
  const auto said = args.text("attn_layer");
  if (said && (*said == "diff") != vit.attention.differential) {
    args.fail("attn_layer", fmt::format("{}, as the weights have {}tensor '{}'",
                                        vit.attention.differential ? "\"diff\"" : "\"attn\"",
                                        vit.attention.differential ? "a " : "no ",
                                        evidence.stored("blocks.0.attn.lambda_q1")));
  }
  // In other blocks a missing bias is an error.
  vit.attention.proj_bias =
      vit.block.kind != BlockKind::parallel || evidence.has("blocks.0.attn.proj.bias");
  model.sources["differential"] = kFromShape;
}

// Keys and values may have fewer heads, in some blocks, if their weights are stored apart.
void resolve_kv_heads(const TensorEvidence& evidence, ModelConfig& model) {
  VitDescription& vit = model.vit;
  if (vit.attention.heads < 1 || vit.dim < 1 || vit.dim % vit.attention.heads != 0)
    return;  // refused later
  for (int64_t i = 0; i < vit.depth; ++i) {
    const std::string name = fmt::format("blocks.{}.attn.qkv.weight", i);
    const int64_t rows = evidence.rows_of_second(name, vit.dim);
    const int64_t heads = rows / vit.head_dim();
    if (heads < 1 || rows % vit.head_dim() != 0 || vit.attention.heads % heads != 0) {
      throw ModelError(
          fmt::format("{}: block {} has {} rows of keys; wanted {}, or whole heads "
                      "that {} heads of queries can share",
                      evidence.file(), i, rows, vit.dim, vit.attention.heads));
    }
    vit.attention.kv_heads.push_back(heads);
  }
  model.sources["kv_heads"] = kFromShape;
  const bool all = std::all_of(vit.attention.kv_heads.begin(), vit.attention.kv_heads.end(),
                               [&](int64_t heads) { return heads == vit.attention.heads; });
  if (all) vit.attention.kv_heads.clear();
}

}  // namespace

void resolve_timm_structure(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming,
                            ModelConfig& model) {
  const TensorEvidence evidence(tensors, naming, files.top.file());
  if (const nlohmann::json* args = files.top.find("model_args")) check_timm_args(files.args, *args);
  VitDescription& vit = model.vit;
  vit.norms.eps = entry.norm_eps;
  vit.positions.resize = entry.pos_embed_resize;
  model.sources["norm_eps"] = kFromFamily;
  resolve_block_kind(files.args, entry, model);
  resolve_sizes(files.args, evidence, model);
  resolve_norm_kind(files.args, evidence, model);
  resolve_tokens(files.args, evidence, model);
  resolve_blocks(files.args, evidence, model);
  resolve_attention(files.args, evidence, model);
  resolve_timm_position_bias(files.args, evidence, model);
  resolve_timm_rope(files.args, entry, evidence, model);
  resolve_timm_pooling(files, entry, evidence, model);
  vit.attention.heads = resolve(model.sources, "heads", files.top,
                                files.args.integer("num_heads", 1, kLargest), entry.heads);
  resolve_kv_heads(evidence, model);
  vit.mlp.activation = activation_named(
      resolve<std::string>(model.sources, "activation", files.top, files.args.text("act_layer"),
                           std::string(entry.activation)),
      files.top.file());
  resolve_timm_classes(files, tensors, naming, model);
}

}  // namespace saccade
