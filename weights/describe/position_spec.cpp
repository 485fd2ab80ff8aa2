#include "weights/describe/position_spec.h"

#include <fmt/format.h>

#include "weights/describe/vit_description.h"

namespace saccade {
namespace {

constexpr const char* kBiasTable = "relative_position_bias_table";

// A table of all distances, or an MLP from a distance to a bias of each head.
void add_bias(const std::string& table, const std::string& mlp, const VitDescription& vit,
              ExpectedTensors& tensors) {
  const int64_t hidden = vit.positions.bias_mlp;
  if (hidden == 0) {
    tensors.add(table, {vit.position_bias_rows(), vit.attention.heads});
    return;
  }
  tensors.add_linear(mlp + "fc1", hidden, 2);
  tensors.add_linear(mlp + "fc2", vit.attention.heads, hidden);
}

}  // namespace

int64_t PositionSpec::prefix_rows(const TokensSpec& tokens) const {
  switch (rows) {
    case PosEmbedRows::all_tokens:
      return tokens.prefix();
    case PosEmbedRows::class_and_patches:
      return int64_t{tokens.cls_token};
    case PosEmbedRows::patches:
    case PosEmbedRows::none:
      return 0;
  }
  return 0;
}

int64_t PositionSpec::bias_rows(const TokensSpec& tokens) const {
  const ImageSize trained = tokens.grid(tokens.image);
  return (2 * trained.height - 1) * (2 * trained.width - 1) + bias_extra_rows(tokens);
}

std::optional<std::string> PositionSpec::problem(const TokensSpec& tokens) const {
  if (!any_bias() || tokens.prefix() <= int64_t{tokens.cls_token}) return std::nullopt;
  return fmt::format(
      "a position bias has rows for patches and one class token; this model has {} tokens before "
      "its patches",
      tokens.prefix());
}

void PositionSpec::add_embedding(const VitDescription& vit, ExpectedTensors& tensors) const {
  if (rows == PosEmbedRows::none) return;
  const ImageSize grid = vit.tokens.grid(vit.tokens.image);
  tensors.add("pos_embed", {1, prefix_rows(vit.tokens) + grid.height * grid.width, vit.dim});
}

void PositionSpec::add_shared_bias(const VitDescription& vit, ExpectedTensors& tensors) const {
  if (!shared_bias) return;
  add_bias(std::string("rel_pos_bias.") + kBiasTable, "shared_rel_pos.mlp.", vit, tensors);
}

void PositionSpec::add_block_bias(const std::string& attention, const VitDescription& vit,
                                  ExpectedTensors& tensors) const {
  if (!bias) return;
  add_bias(attention + kBiasTable, attention + "rel_pos.mlp.", vit, tensors);
}

const char* name_of(PosEmbedResize resize) {
  switch (resize) {
    case PosEmbedResize::bicubic_antialias:
      return "bicubic, antialiased";
    case PosEmbedResize::bicubic:
      return "bicubic";
    case PosEmbedResize::bilinear:
      return "bilinear";
    case PosEmbedResize::bilinear_corners:
      return "bilinear, corners aligned";
    case PosEmbedResize::geometric:
      return "linear between geometric steps";
  }
  return "?";
}

const char* name_of(PosEmbedRows rows) {
  switch (rows) {
    case PosEmbedRows::all_tokens:
      return "all_tokens";
    case PosEmbedRows::patches:
      return "patches";
    case PosEmbedRows::class_and_patches:
      return "class_and_patches";
    case PosEmbedRows::none:
      return "none";
  }
  return "?";
}

}  // namespace saccade
