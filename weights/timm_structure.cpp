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
constexpr const char* kOwnBiasMlp = "blocks.0.attn.rel_pos.mlp.fc1.weight";
constexpr const char* kSharedBiasMlp = "shared_rel_pos.mlp.fc1.weight";

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
  // All parts of it.
  bool has_whole(std::string_view canonical) const {
    const std::vector<std::string> parts = stored_names(naming_, canonical);
    return std::all_of(parts.begin(), parts.end(),
                       [&](const std::string& part) { return tensors_.find(part) != nullptr; });
  }
  // Of the second part of a fused tensor; `otherwise` where it is in one piece, or not there.
  int64_t rows_of_second(std::string_view canonical, int64_t otherwise) const {
    const std::vector<std::string> parts = stored_names(naming_, canonical);
    const TensorView* tensor = parts.size() > 1 ? tensors_.find(parts[1]) : nullptr;
    return tensor && !tensor->shape.empty() ? tensor->shape[0] : otherwise;
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

void check_args(const ConfigReader& args, const nlohmann::json& values) {
  for (const auto& [name, value] : values.items()) {
    const bool off = value.is_null() || value == false;  // what that removes, the tensors show
    if (!is_known(name) && !off) args.fail(name, "no such argument; Saccade cannot honour it");
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
  for (const char* key : {"reg_tokens", "num_reg_tokens"}) check_number(args, key, vit.registers);
  model.sources["tokens"] = kFromShape;
}

QkvBias shown_qkv_bias(const ConfigReader& args, const Shown& shown) {
  if (!shown.has_whole("blocks.0.attn.qkv.bias") && shown.has("blocks.0.attn.q_bias")) {
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
  vit.mlp_scaled = !vit.layer_scale || shown.has("blocks.0.ls2.gamma");
  const auto attention_alone = args.boolean("attn_only_layer_scale");
  if (attention_alone && vit.layer_scale && *attention_alone == vit.mlp_scaled) {
    args.fail("attn_only_layer_scale", fmt::format("{}, as the tensors show", !vit.mlp_scaled));
  }
  for (const char* field : {"qkv_bias", "qk_norm", "layer_scale", "attn_norm"}) {
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

// Of keys and values there may be fewer, in some blocks, where their weights are apart.
void resolve_kv_heads(const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  if (vit.heads < 1 || vit.dim < 1 || vit.dim % vit.heads != 0) return;  // refused later
  for (int64_t i = 0; i < vit.depth; ++i) {
    const std::string name = fmt::format("blocks.{}.attn.qkv.weight", i);
    const int64_t rows = shown.rows_of_second(name, vit.dim);
    const int64_t heads = rows / vit.head_dim();
    if (heads < 1 || rows % vit.head_dim() != 0 || vit.heads % heads != 0) {
      throw ModelError(
          fmt::format("{}: block {} has {} rows of keys; wanted {}, or whole heads "
                      "that {} heads of queries can share",
                      shown.file(), i, rows, vit.dim, vit.heads));
    }
    vit.kv_heads.push_back(heads);
  }
  model.sources["kv_heads"] = kFromShape;
  const bool all = std::all_of(vit.kv_heads.begin(), vit.kv_heads.end(),
                               [&](int64_t heads) { return heads == vit.heads; });
  if (all) vit.kv_heads.clear();
}

// By a table, or by an MLP in its place, which timm calls "rel_pos".
void resolve_position_bias(const ConfigReader& args, const Shown& shown, ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.position_bias =
      shown_or_not(args, "use_rel_pos_bias", args.boolean("use_rel_pos_bias"), shown, kOwnBias);
  vit.shared_position_bias = shown_or_not(
      args, "use_shared_rel_pos_bias", args.boolean("use_shared_rel_pos_bias"), shown, kSharedBias);
  const auto by_mlp = [&](const char* tensor, bool& there) {
    if (!shown.has(tensor)) return;
    there = true;
    vit.position_bias_mlp = shown.shape(tensor, 2)[0];
  };
  by_mlp(kOwnBiasMlp, vit.position_bias);
  by_mlp(kSharedBiasMlp, vit.shared_position_bias);
  if (vit.position_bias_mlp > 0) check_number(args, "rel_pos_dim", vit.position_bias_mlp);
  const auto type = args.text("rel_pos_type");
  if (type && *type != (vit.position_bias_mlp > 0 ? "mlp" : "bias")) {
    args.fail("rel_pos_type", "\"mlp\" or \"bias\", as the tensors show");
  }
  const auto shared = args.boolean("shared_rel_pos");
  if (shared && *shared != vit.shared_position_bias) {
    args.fail("shared_rel_pos", fmt::format("{}, as the tensors show", vit.shared_position_bias));
  }
  for (const char* field : {"position_bias", "shared_position_bias"}) {
    model.sources[field] = kFromShape;
  }
}

// "rope_type" and "ref_feat_shape" over the entry point's.
void resolve_rope_places(const ConfigReader& args, RopeAngles& rope) {
  const auto type = args.text("rope_type");
  if (type && *type != "cat" && *type != "mixed" && *type != "dinov3") {
    args.fail("rope_type", "\"cat\", \"mixed\" or \"dinov3\": others are unsupported");
  }
  if (type) {
    rope.learned = *type == "mixed";
    const bool scaled = *type == "cat" && rope.places == RopePlaces::scaled;
    rope.places = *type == "dinov3" ? RopePlaces::centred
                  : scaled          ? RopePlaces::scaled
                                    : RopePlaces::grid;
  }
  const auto grid = args.size("ref_feat_shape");
  if (!grid || rope.learned || rope.places == RopePlaces::centred) return;
  rope.places = RopePlaces::scaled;
  rope.grid = *grid;
}

void resolve_rope(const ConfigReader& args, const TimmEntryPoint& entry, const Shown& shown,
                  ModelConfig& model) {
  const auto said = args.boolean("use_rot_pos_emb");
  if (!resolve(model.sources, "rope", args, said, entry.rope.has_value())) return;
  RopeAngles rope = entry.rope.value_or(RopeAngles{.places = RopePlaces::grid});
  resolve_rope_places(args, rope);
  if (const bool there = shown.has("rope.freqs"); there != rope.learned) {
    args.fail("rope_type",
              fmt::format("{}, as the weights have {}tensor 'rope.freqs'",
                          there ? "\"mixed\"" : "\"cat\" or \"dinov3\"", there ? "a " : "no "));
  }
  rope.temperature = args.number("rope_temperature", 1e-3, 1e9).value_or(rope.temperature);
  if (const auto halves = args.boolean("rope_rotate_half")) {
    rope.pairs = *halves ? RopePairs::halves : RopePairs::neighbours;
  }
  if (const auto indexing = args.text("rope_grid_indexing")) {
    rope.across_first = *indexing == "xy";
    if (*indexing != "xy" && *indexing != "ij") {
      args.fail("rope_grid_indexing", "\"ij\" or \"xy\"");
    }
  }
  if (args.number("rope_grid_offset", -1e9, 1e9).value_or(0) != 0) {
    args.fail("rope_grid_offset", "0: others are unsupported");
  }
  model.vit.rope = rope;
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
    const bool tables = vit.position_bias_mlp == 0;
    if (tables && vit.position_bias) note(kOwnBias, 2, 0, shown, biases_);
    if (tables && vit.shared_position_bias) note(kSharedBias, 2, 0, shown, biases_);
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
    const int64_t distances = biases_ - vit.position_bias_extra_rows();
    return distances > 0 ? (std::llround(std::sqrt(double(distances))) + 1) / 2 : 0;
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
  resolve_position_bias(files.args, shown, model);
  resolve_rope(files.args, entry, shown, model);
  resolve_pooling(files, entry, shown, model);
  resolve_final_norm(files.args, shown, model);
  vit.heads = resolve(model.sources, "heads", files.top,
                      files.args.integer("num_heads", 1, kLargest), entry.heads);
  resolve_kv_heads(shown, model);
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
    const bool others = vit.position_bias || vit.shared_position_bias || vit.rope;
    if (!others) shown.shape("pos_embed", 3);  // throws
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
