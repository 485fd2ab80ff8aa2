// The transformer of a timm checkpoint, from its tensors, its config.json and its entry point.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "weights/errors.h"
#include "weights/timm_files.h"
#include "weights/weights.h"

namespace saccade {
namespace {

constexpr int64_t kLargest = int64_t{1} << 40;  // no more than "an integer"; validate() is stricter
constexpr int64_t kLargestPatch = 1024;
constexpr int64_t kMostRegisters = 1024;
constexpr const char* kOwnBias = "blocks.0.attn.relative_position_bias_table";
constexpr const char* kSharedBias = "rel_pos_bias.relative_position_bias_table";

// The file's tensors by canonical names.
class Shown {
 public:
  Shown(const TensorFile& tensors, const FoundNaming& naming, const std::string& file)
      : tensors_(tensors), naming_(naming), file_(file) {}

  std::string stored(std::string_view canonical) const {
    return stored_names(naming_, canonical).front();
  }
  // Of a tensor, or of all parts of a fused one.
  int64_t rows(std::string_view canonical) const {
    const auto parts = static_cast<int64_t>(stored_names(naming_, canonical).size());
    const int64_t rows = shape(canonical, 2)[0];
    return rows <= kLargest ? rows * parts : rows;
  }
  bool has(std::string_view canonical) const { return tensors_.find(stored(canonical)) != nullptr; }
  const std::vector<int64_t>& shape(std::string_view canonical, size_t rank) const {
    const std::string name = stored(canonical);
    const TensorView* tensor = tensors_.find(name);
    if (!tensor) {
      throw ModelError(fmt::format("{}: the weights lack the tensor '{}'", file_, name));
    }
    if (tensor->shape.size() != rank) {
      throw ModelError(fmt::format("{}: tensor '{}' has {} dimensions, wanted {}", file_, name,
                                   tensor->shape.size(), rank));
    }
    return tensor->shape;
  }
  const std::string& file() const { return file_; }

 private:
  const TensorFile& tensors_;
  const FoundNaming& naming_;
  std::string file_;
};

// Arguments that are read below, that only restate what the tensors show, or that matter to
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

void check_args(const ConfigReader& args, const nlohmann::json& values) {
  for (const auto& [name, value] : values.items()) {
    const bool known = std::find(kKnownArgs.begin(), kKnownArgs.end(), name) != kKnownArgs.end();
    const bool off = value.is_null() || value == false;  // what that removes, the tensors show
    if (!known && !off) args.fail(name, "no such argument; Saccade cannot honour it");
  }
}

// Whether there is `tensor`, which config.json may say, too.
bool shown_or_not(const ConfigReader& args, const char* key, const std::optional<bool>& said,
                  const Shown& shown, const char* tensor) {
  const bool there = shown.has(tensor);
  if (said && *said != there) {
    args.fail(key, fmt::format("{}: the weights have {}tensor '{}'", there ? "it true" : "it false",
                               there ? "a " : "no ", shown.stored(tensor)));
  }
  return there;
}

void check_number(const ConfigReader& args, const char* key, int64_t shown) {
  const auto said = args.integer(key, 0, kLargest);
  if (said && *said != shown) {
    args.fail(key, fmt::format("{}, as the shapes of the tensors show", shown));
  }
}

// init_values is a number, which LayerScale begins with, or false in Python: none.
std::optional<bool> says_layer_scale(const ConfigReader& args) {
  const nlohmann::json* value = args.find("init_values");
  if (!value) return std::nullopt;
  return value->is_boolean() ? value->get<bool>() : *args.number("init_values", -1e6, 1e6) != 0;
}

// A gated MLP's fc1 is twice as wide as what it hands on.
void resolve_mlp(const ConfigReader& args, const Shown& shown, VitDescription& vit) {
  const int64_t rows = shown.rows("blocks.0.mlp.fc1.weight");
  if (vit.block == BlockKind::parallel) {  // fc1 lies beside qkv
    vit.mlp_dim = rows - 3 * std::min(vit.dim, kLargest);
    return;
  }
  const bool gated = rows % 2 == 0 && rows / 2 == shown.shape("blocks.0.mlp.fc2.weight", 2)[1];
  vit.mlp = gated ? MlpKind::gated : MlpKind::plain;
  vit.mlp_dim = gated ? rows / 2 : rows;
  if (const auto said = args.boolean("swiglu_mlp"); said && *said != gated) {
    args.fail("swiglu_mlp", fmt::format("{}, as the shapes of the tensors show", gated));
  }
  vit.mlp_norm =
      shown_or_not(args, "scale_mlp", args.boolean("scale_mlp"), shown, "blocks.0.mlp.norm.weight");
}

// Only LayerNorm has a bias. A norm that model_args name has timm's epsilon, not the entry point's.
void resolve_norm_kind(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  const bool centred = shown.has("blocks.0.norm1.bias");
  model.vit.norm_kind = centred ? NormKind::layer : NormKind::rms;
  model.sources["norm_kind"] = kFromShape;
  const auto said = args.text("norm_layer");
  if (said) {
    model.vit.norm_eps = 1e-6;
    model.sources["norm_eps"] = args.source();
  }
  if (said && *said != (centred ? "layernorm" : "rmsnorm")) {
    args.fail("norm_layer", fmt::format("\"{}\", as the weights have {}tensor '{}'",
                                        centred ? "layernorm" : "rmsnorm", centred ? "a " : "no ",
                                        shown.stored("blocks.0.norm1.bias")));
  }
}

void resolve_sizes(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  const std::vector<int64_t>& patch = shown.shape("patch_embed.proj.weight", 4);
  vit.dim = patch[0];
  vit.channels = patch[1];
  vit.patch = patch[2];
  resolve_mlp(args, shown, vit);
  if (vit.patch < 1 || vit.patch > kLargestPatch) {
    throw ModelError(
        fmt::format("{}: tensor 'patch_embed.proj.weight' has patches of {}; wanted 1 to {}",
                    shown.file(), vit.patch, kLargestPatch));
  }
  while (shown.has(fmt::format("blocks.{}.norm1.weight", vit.depth))) ++vit.depth;
  while (vit.block == BlockKind::paths &&
         shown.has(BlockPath{0, vit.paths}.prefix() + "norm1.weight")) {
    ++vit.paths;
  }
  check_number(args, "embed_dim", vit.dim);
  check_number(args, "depth", vit.depth);
  for (const char* field : {"dim", "channels", "patch", "mlp_dim", "mlp", "depth"}) {
    model.sources[field] = kFromShape;
  }
}

void resolve_tokens(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.cls_token =
      shown_or_not(args, "class_token", args.boolean("class_token"), shown, "cls_token");
  vit.dist_token = shown.has("dist_token");
  vit.registers = shown.has("reg_token") ? shown.shape("reg_token", 3)[1] : 0;
  if (vit.registers > kMostRegisters) {
    throw ModelError(fmt::format("{}: tensor '{}' has {} registers; wanted at most {}",
                                 shown.file(), shown.stored("reg_token"), vit.registers,
                                 kMostRegisters));
  }
  check_number(args, "reg_tokens", vit.registers);
  model.sources["tokens"] = kFromShape;
}

QkvBias shown_qkv_bias(const ConfigReader& args, const Shown& shown) {
  if (shown.has("blocks.0.attn.q_bias")) {
    shown_or_not(args, "qkv_bias", args.boolean("qkv_bias"), shown, "blocks.0.attn.q_bias");
    return QkvBias::q_and_v;
  }
  return shown_or_not(args, "qkv_bias", args.boolean("qkv_bias"), shown, "blocks.0.attn.qkv.bias")
             ? QkvBias::all
             : QkvBias::none;
}

// The norms before or after have the same tensors. Only an Eva may be asked for the other.
void resolve_block_kind(const ConfigReader& args, const TimmEntryPoint& entry, ModelConfig& model) {
  model.vit.block = model.family->block;
  model.sources["blocks"] = kFromFamily;
  const auto said = args.boolean("use_post_norm");
  if (!said) return;
  const bool eva = entry.family == "eva" || entry.family == "eva_post_norm";
  if (!eva) args.fail("use_post_norm", "no such argument: only Eva has it");
  model.vit.block = *said ? BlockKind::post_norm : BlockKind::pre_norm;
  model.sources["blocks"] = args.source();
}

void resolve_blocks(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.qkv_bias = shown_qkv_bias(args, shown);
  vit.qk_norm =
      shown_or_not(args, "qk_norm", args.boolean("qk_norm"), shown, "blocks.0.attn.q_norm.weight");
  vit.attn_norm = shown_or_not(args, "scale_attn_inner", args.boolean("scale_attn_inner"), shown,
                               "blocks.0.attn.norm.weight");
  vit.patch_bias = shown.has("patch_embed.proj.bias");
  vit.norm_pre = shown_or_not(args, "pre_norm", args.boolean("pre_norm"), shown, "norm_pre.weight");
  if (vit.block != BlockKind::post_norm) {  // whose init_values are the norms'
    vit.layer_scale =
        shown_or_not(args, "init_values", says_layer_scale(args), shown, "blocks.0.ls1.gamma");
  }
  vit.position_bias =
      shown_or_not(args, "use_rel_pos_bias", args.boolean("use_rel_pos_bias"), shown, kOwnBias);
  vit.shared_position_bias = shown_or_not(
      args, "use_shared_rel_pos_bias", args.boolean("use_shared_rel_pos_bias"), shown, kSharedBias);
  for (const char* field : {"qkv_bias", "qk_norm", "layer_scale", "position_bias",
                            "shared_position_bias", "attn_norm"}) {
    model.sources[field] = kFromShape;
  }
}

void resolve_attention(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.differential = shown.has("blocks.0.attn.lambda_q1");
  const auto said = args.text("attn_layer");
  if (said && (*said == "diff") != vit.differential) {
    args.fail("attn_layer", fmt::format("{}, as the weights have {}tensor '{}'",
                                        vit.differential ? "\"diff\"" : "\"attn\"",
                                        vit.differential ? "a " : "no ",
                                        shown.stored("blocks.0.attn.lambda_q1")));
  }
  // Elsewhere its absence is an error.
  vit.attn_proj_bias = vit.block != BlockKind::parallel || shown.has("blocks.0.attn.proj.bias");
  model.sources["differential"] = kFromShape;
}

void resolve_rope(const ConfigReader& args, const TimmEntryPoint& entry, ModelConfig& model) {
  const auto said = args.boolean("use_rot_pos_emb");
  model.vit.rope = resolve(model.sources, "rope", args, said, entry.rope_grid > 0);
  if (!model.vit.rope) return;
  const auto grid = args.size("ref_feat_shape");
  if (!grid && entry.rope_grid == 0) args.fail("ref_feat_shape", "a size, for use_rot_pos_emb");
  model.vit.rope_grid = grid.value_or(ImageSize{entry.rope_grid, entry.rope_grid});
}

// Whether the norm is not where the entry point's pooling has it: another pooling was trained.
bool pooled_otherwise(const TimmFiles& files, const TimmEntryPoint& entry, const Shown& shown) {
  if (files.args.has("fc_norm") || files.args.has("use_fc_norm")) return false;
  if (shown.has("fc_norm.weight")) return entry.global_pool == "token";
  return entry.global_pool == "avg" && (entry.family == "beit" || entry.family == "eva");
}

// timm reads model_args alone: what config.json repeats above them, of the model that was saved, it
// passes over. Only where the tensors are not the entry point's own, which timm could not load, is
// that needed.
void resolve_pooling(const TimmFiles& files, const TimmEntryPoint& entry, const Shown& shown,
                     ModelConfig& model) {
  VitDescription& vit = model.vit;
  const bool above = !files.args.has("global_pool") && pooled_otherwise(files, entry, shown);
  const ConfigReader& from = above ? files.top : files.args;
  if (above && !from.has("global_pool")) {
    from.fail("global_pool", fmt::format("the pooling that was trained: the weights are not as "
                                         "'{}' of the entry point has them",
                                         entry.global_pool));
  }
  const std::string pool = resolve<std::string>(
      model.sources, "pooling", from, from.text("global_pool"), std::string(entry.global_pool));
  if (pool != "token" && pool != "avg" && pool != "map") {
    from.fail("global_pool", "\"token\", \"avg\" or \"map\": other poolings are unsupported");
  }
  vit.pooling = pool == "map"   ? Pooling::attention
                : pool == "avg" ? Pooling::patch_mean
                                : Pooling::token;
  vit.pool_prefix = files.args.boolean("pool_include_prefix").value_or(entry.pool_prefix);
  vit.classifier_heads = {{"head", 0}};
  if (vit.dist_token) vit.classifier_heads.push_back({"head_dist", 1});
  if (vit.pooling == Pooling::attention && !shown.has("attn_pool.latent")) {
    from.fail("global_pool", fmt::format("\"token\" or \"avg\": the weights have no tensor '{}'",
                                         shown.stored("attn_pool.latent")));
  }
  if (vit.pooling == Pooling::token && !vit.cls_token) {
    from.fail("global_pool",
              fmt::format("\"avg\": the weights have no tensor '{}'", shown.stored("cls_token")));
  }
  if (vit.pooling != Pooling::token && vit.dist_token) {
    from.fail("global_pool", "\"token\", as two classifiers read two tokens");
  }
}

// One norm, before or after pooling, or none.
void resolve_final_norm(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.norm = resolve(model.sources, "norm", args, args.boolean("final_norm"), model.family->norm);
  if (!vit.norm) return;
  for (const char* key : {"fc_norm", "use_fc_norm"}) {
    vit.fc_norm = shown_or_not(args, key, args.boolean(key), shown, "fc_norm.weight");
  }
  vit.norm = !vit.fc_norm;
  model.sources["norm"] = kFromShape;
}

void resolve_classes(const TimmFiles& files, const Shown& shown, const FoundNaming& naming,
                     const TensorFile& tensors, ModelConfig& model) {
  // A classifier has the outer prefix alone.
  const FoundNaming outside{naming.naming, naming.outer, ""};
  const Shown heads(tensors, outside, shown.file());
  const std::string head = model.vit.classifier_heads.front().name + ".weight";
  if (!heads.has(head)) {
    throw ModelError(fmt::format(
        "{}: no classifier in this checkpoint (no tensor '{}'); use one with num_classes above 0",
        shown.file(), head));
  }
  model.vit.classes = heads.shape(head, 2)[0];
  model.sources["classes"] = kFromShape;
  for (const ConfigReader* config : {&files.args, &files.top, &files.pretrained}) {
    const auto said = config->integer("num_classes", 0, kLargest);
    if (said && *said != model.vit.classes) {
      config->fail("num_classes", fmt::format("{}, the rows of '{}'", model.vit.classes, head));
    }
    if (said) break;
  }
}

// The rows of the tensors that were made for a grid: of the position embedding, and of the table of
// position biases.
class TrainedRows {
 public:
  TrainedRows(const VitDescription& vit, const Shown& shown) {
    if (vit.position_bias) note(kOwnBias, 2, 0, shown, biases_);
    if (vit.shared_position_bias) note(kSharedBias, 2, 0, shown, biases_);
    if (shown.has("pos_embed")) note("pos_embed", 3, 1, shown, positions_);
  }

  // Whether they are those of the description's image.
  bool fit(const VitDescription& vit) const {
    const int64_t patches = vit.tokens(vit.image) - vit.prefix_tokens();
    return (vit.pos_embed_rows == PosEmbedRows::none ||
            positions_ == vit.positioned_prefix() + patches) &&
           (biases_ == kAbsent || biases_ == vit.position_bias_rows());
  }

  // Of the square grid that may have these rows; 0: none does.
  int64_t square_side(const VitDescription& vit) const {
    if (vit.pos_embed_rows != PosEmbedRows::none) {
      const int64_t patches = std::max<int64_t>(positions_ - vit.positioned_prefix(), 0);
      return std::llround(std::sqrt(double(patches)));
    }
    return biases_ > 3 ? (std::llround(std::sqrt(double(biases_ - 3))) + 1) / 2 : 0;
  }

  // For messages.
  const std::string& tensor() const { return tensor_; }
  int64_t count() const { return positions_ != kAbsent ? positions_ : biases_; }

 private:
  void note(const char* name, size_t rank, size_t axis, const Shown& shown, int64_t& rows) {
    rows = shown.shape(name, rank)[axis];
    tensor_ = shown.stored(name);
  }

  static constexpr int64_t kAbsent = -1;
  int64_t positions_ = kAbsent, biases_ = kAbsent;
  std::string tensor_;
};

}  // namespace

void resolve_timm_structure(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming,
                            ModelConfig& model) {
  const Shown shown(tensors, naming, files.top.file());
  if (const nlohmann::json* args = files.top.find("model_args")) check_args(files.args, *args);
  VitDescription& vit = model.vit;
  vit.norm_eps = entry.norm_eps;
  vit.pos_embed_resize = entry.pos_embed_resize;
  model.sources["norm_eps"] = kFromFamily;
  resolve_block_kind(files.args, entry, model);
  resolve_sizes(files.args, shown, model);
  resolve_norm_kind(files.args, shown, model);
  resolve_tokens(files.args, shown, model);
  resolve_blocks(files.args, shown, model);
  resolve_attention(files.args, shown, model);
  resolve_rope(files.args, entry, model);
  resolve_pooling(files, entry, shown, model);
  resolve_final_norm(files.args, shown, model);
  vit.heads = resolve(model.sources, "heads", files.top,
                      files.args.integer("num_heads", 1, kLargest), entry.heads);
  vit.activation = activation_named(
      resolve<std::string>(model.sources, "activation", files.top, files.args.text("act_layer"),
                           std::string(entry.activation)),
      files.top.file());
  resolve_classes(files, shown, naming, tensors, model);
}

// The first size that config.json names and the rows agree with, or the square that has as many
// patches; with rows for the prefix or without, unless no_embed_class says which.
void resolve_timm_positions(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming, ImageSize input,
                            ModelConfig& model) {
  VitDescription& vit = model.vit;
  const Shown shown(tensors, naming, files.top.file());
  const TrainedRows rows(vit, shown);
  model.sources["image"] = model.sources["pos_embed"] = kFromShape;

  std::vector<PosEmbedRows> kinds{PosEmbedRows::all_tokens, PosEmbedRows::patches};
  if (const auto said = files.args.boolean("no_embed_class")) kinds = {kinds[*said ? 1 : 0]};
  if (!shown_or_not(files.args, "use_abs_pos_emb", files.args.boolean("use_abs_pos_emb"), shown,
                    "pos_embed")) {
    if (!vit.position_bias && !vit.shared_position_bias) shown.shape("pos_embed", 3);  // throws
    kinds = {PosEmbedRows::none};
  }
  std::vector<ImageSize> candidates{timm_input_size(files).value_or(entry.image)};
  if (const auto size = files.args.size("img_size")) candidates.push_back(*size);
  candidates.push_back(entry.image);
  const auto fits = [&](ImageSize image) {
    return std::any_of(kinds.begin(), kinds.end(), [&](PosEmbedRows kind) {
      vit.image = image;
      vit.pos_embed_rows = kind;
      return rows.fit(vit);
    });
  };
  if (std::any_of(candidates.begin(), candidates.end(), fits)) return;

  for (const PosEmbedRows kind : kinds) {
    vit.pos_embed_rows = kind;
    const int64_t side = rows.square_side(vit);
    vit.image = {side * vit.patch, side * vit.patch};
    if (side > 0 && side <= ConfigReader::kMaxSide && rows.fit(vit)) return;
  }
  if (fits(input)) return;
  throw ModelError(fmt::format(
      "{}: tensor '{}' has {} rows, which fit neither the input of {}x{} nor a square of patches",
      shown.file(), rows.tensor(), rows.count(), candidates.front().height,
      candidates.front().width));
}

}  // namespace saccade
