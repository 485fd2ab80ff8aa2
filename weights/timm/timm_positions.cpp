// Position embedding, position bias and rotary embedding of a timm checkpoint, and the image size
// that they were trained for.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "weights/base/errors.h"
#include "weights/timm/tensor_evidence.h"

namespace saccade {
namespace {

// The bias is a table, or an MLP, which timm calls "rel_pos".
constexpr const char* kOwnBias = "blocks.0.attn.relative_position_bias_table";
constexpr const char* kSharedBias = "rel_pos_bias.relative_position_bias_table";
constexpr const char* kOwnBiasMlp = "blocks.0.attn.rel_pos.mlp.fc1.weight";
constexpr const char* kSharedBiasMlp = "shared_rel_pos.mlp.fc1.weight";

// The rows of the tensors whose size depends on the grid: the position embedding and the table of
// position biases.
class TrainedRows {
 public:
  TrainedRows(const VitDescription& vit, const TensorEvidence& evidence) {
    const bool tables = vit.positions.bias_mlp == 0;
    if (tables && vit.positions.bias) note(kOwnBias, 2, 0, evidence, biases_);
    if (tables && vit.positions.shared_bias) note(kSharedBias, 2, 0, evidence, biases_);
    if (evidence.has("pos_embed")) note("pos_embed", 3, 1, evidence, positions_);
  }

  // Whether the description's image size has as many rows.
  bool fit(const VitDescription& vit) const {
    const int64_t patches = vit.tokens.count(vit.tokens.image) - vit.tokens.prefix();
    return (vit.positions.rows == PosEmbedRows::none ||
            positions_ == vit.positioned_prefix() + patches) &&
           (biases_ == kAbsent || biases_ == vit.position_bias_rows());
  }

  // The side of the square grid that may have these rows; 0: there is none.
  int64_t square_side(const VitDescription& vit) const {
    if (vit.positions.rows != PosEmbedRows::none) {
      const int64_t patches = std::max<int64_t>(positions_ - vit.positioned_prefix(), 0);
      return std::llround(std::sqrt(double(patches)));
    }
    const int64_t distances = biases_ - vit.position_bias_extra_rows();
    return distances > 0 ? (std::llround(std::sqrt(double(distances))) + 1) / 2 : 0;
  }

  // For error messages.
  const std::string& tensor() const { return tensor_; }
  int64_t count() const { return positions_ != kAbsent ? positions_ : biases_; }

 private:
  void note(const char* name, size_t rank, size_t axis, const TensorEvidence& evidence,
            int64_t& rows) {
    rows = evidence.shape(name, rank)[axis];
    tensor_ = evidence.stored(name);
  }

  static constexpr int64_t kAbsent = -1;
  int64_t positions_ = kAbsent, biases_ = kAbsent;
  std::string tensor_;
};

// "rope_type" and "ref_feat_shape" override the entry point's.
void resolve_rope_coordinates(const ConfigReader& args, RopeSpec& rope) {
  const auto type = args.text("rope_type");
  if (type && *type != "cat" && *type != "mixed" && *type != "dinov3") {
    args.fail("rope_type", "\"cat\", \"mixed\" or \"dinov3\": others are unsupported");
  }
  if (type) {
    rope.learned = *type == "mixed";
    const bool scaled = *type == "cat" && rope.coordinates == RopeCoordinates::scaled;
    rope.coordinates = *type == "dinov3" ? RopeCoordinates::centred
                       : scaled          ? RopeCoordinates::scaled
                                         : RopeCoordinates::grid;
  }
  const auto grid = args.size("ref_feat_shape");
  if (!grid || rope.learned || rope.coordinates == RopeCoordinates::centred) return;
  rope.coordinates = RopeCoordinates::scaled;
  rope.grid = *grid;
}

}  // namespace

void resolve_timm_position_bias(const ConfigReader& args, const TensorEvidence& evidence,
                                ModelConfig& model) {
  VitDescription& vit = model.vit;
  vit.positions.bias =
      infer_flag(args, "use_rel_pos_bias", args.boolean("use_rel_pos_bias"), evidence, kOwnBias);
  vit.positions.shared_bias =
      infer_flag(args, "use_shared_rel_pos_bias", args.boolean("use_shared_rel_pos_bias"), evidence,
                 kSharedBias);
  const auto by_mlp = [&](const char* tensor, bool& there) {
    if (!evidence.has(tensor)) return;
    there = true;
    vit.positions.bias_mlp = evidence.shape(tensor, 2)[0];
  };
  by_mlp(kOwnBiasMlp, vit.positions.bias);
  by_mlp(kSharedBiasMlp, vit.positions.shared_bias);
  if (vit.positions.bias_mlp > 0) check_number(args, "rel_pos_dim", vit.positions.bias_mlp);
  const auto type = args.text("rel_pos_type");
  if (type && *type != (vit.positions.bias_mlp > 0 ? "mlp" : "bias")) {
    args.fail("rel_pos_type", "\"mlp\" or \"bias\", as the tensors show");
  }
  const auto shared = args.boolean("shared_rel_pos");
  if (shared && *shared != vit.positions.shared_bias) {
    args.fail("shared_rel_pos", fmt::format("{}, as the tensors show", vit.positions.shared_bias));
  }
  for (const char* field : {"position_bias", "shared_position_bias"}) {
    model.sources[field] = kFromShape;
  }
}

void resolve_timm_rope(const ConfigReader& args, const TimmEntryPoint& entry,
                       const TensorEvidence& evidence, ModelConfig& model) {
  const auto said = args.boolean("use_rot_pos_emb");
  if (!resolve(model.sources, "rope", args, said, entry.rope.has_value())) return;
  RopeSpec rope = entry.rope.value_or(RopeSpec{.coordinates = RopeCoordinates::grid});
  resolve_rope_coordinates(args, rope);
  if (const bool there = evidence.has("rope.freqs"); there != rope.learned) {
    args.fail("rope_type",
              fmt::format("{}, as the weights have {}tensor 'rope.freqs'",
                          there ? "\"mixed\"" : "\"cat\" or \"dinov3\"", there ? "a " : "no "));
  }
  rope.temperature = args.number("rope_temperature", 1e-3, 1e9).value_or(rope.temperature);
  if (const auto rotate_half = args.boolean("rope_rotate_half")) {
    rope.pairs = *rotate_half ? RopePairs::rotate_half : RopePairs::interleaved;
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
  model.vit.attention.rope = rope;
}

// Takes the first size in config.json that fits the rows, else the square with as many patches.
// Tries rows with and without the prefix, unless no_embed_class says which.
void resolve_timm_positions(const TimmFiles& files, const TimmEntryPoint& entry,
                            const TensorFile& tensors, const FoundNaming& naming, ImageSize input,
                            ModelConfig& model) {
  VitDescription& vit = model.vit;
  const TensorEvidence evidence(tensors, naming, files.top.file());
  const TrainedRows rows(vit, evidence);
  model.sources["image"] = model.sources["pos_embed"] = kFromShape;

  std::vector<PosEmbedRows> kinds{PosEmbedRows::all_tokens, PosEmbedRows::patches};
  if (const auto said = files.args.boolean("no_embed_class")) kinds = {kinds[*said ? 1 : 0]};
  if (!infer_flag(files.args, "use_abs_pos_emb", files.args.boolean("use_abs_pos_emb"), evidence,
                  "pos_embed")) {
    const bool others = vit.positions.bias || vit.positions.shared_bias || vit.attention.rope;
    if (!others) evidence.shape("pos_embed", 3);  // throws
    kinds = {PosEmbedRows::none};
  }
  std::vector<ImageSize> candidates{timm_input_size(files).value_or(entry.image)};
  if (const auto size = files.args.size("img_size")) candidates.push_back(*size);
  candidates.push_back(entry.image);
  const auto fits = [&](ImageSize image) {
    return std::any_of(kinds.begin(), kinds.end(), [&](PosEmbedRows kind) {
      vit.tokens.image = image;
      vit.positions.rows = kind;
      return rows.fit(vit);
    });
  };
  if (std::any_of(candidates.begin(), candidates.end(), fits)) return;

  for (const PosEmbedRows kind : kinds) {
    vit.positions.rows = kind;
    const int64_t side = rows.square_side(vit);
    vit.tokens.image = {side * vit.tokens.patch, side * vit.tokens.patch};
    if (side > 0 && side <= ConfigReader::kMaxSide && rows.fit(vit)) return;
  }
  if (fits(input)) return;
  throw ModelError(fmt::format(
      "{}: tensor '{}' has {} rows, which fit neither the input of {}x{} nor a square of patches",
      evidence.file(), rows.tensor(), rows.count(), candidates.front().height,
      candidates.front().width));
}

}  // namespace saccade
