#include "weights/config/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/quote.h"
#include "weights/config/config_reader.h"

namespace saccade {
namespace {

// transformers' ACT2FN spells most of these several ways; timm's names are among them.
constexpr std::array<std::pair<std::string_view, Activation>, 13> kActivations{
    {{"gelu", Activation::gelu},
     {"gelu_python", Activation::gelu},
     {"gelu_new", Activation::gelu_tanh},
     {"gelu_tanh", Activation::gelu_tanh},
     {"gelu_pytorch_tanh", Activation::gelu_tanh},
     {"gelu_python_tanh", Activation::gelu_tanh},
     {"gelu_fast", Activation::gelu_tanh},
     {"gelu_accurate", Activation::gelu_tanh},
     {"quick_gelu", Activation::quick_gelu},
     {"quickgelu", Activation::quick_gelu},
     {"silu", Activation::silu},
     {"swish", Activation::silu},
     {"relu", Activation::relu}}};

void check_range(const char* what, int64_t value, int64_t high, const std::string& file) {
  if (value < 1 || value > high) {
    throw ModelError(fmt::format("{}: {} is {}; wanted 1 to {}", file, what, value, high));
  }
}

}  // namespace

void validate(const VitDescription& vit, const std::string& file) {
  check_range("patch size", vit.tokens.patch, 1024, file);
  check_range("width", vit.dim, 16384, file);
  check_range("depth", vit.depth, 256, file);
  check_range("number of attention heads", vit.attention.heads, 1024, file);
  check_range("number of a block's paths", vit.block.branches, 16, file);
  check_range("MLP width", vit.mlp.hidden_dim, 131072, file);
  check_range("number of classes", vit.head.classes, 1'000'000, file);
  if (vit.head.embed_dim != 0) check_range("width of the embedding", vit.head.embed_dim, 16384, file);
  if (vit.tokens.channels != 3 && vit.tokens.channels != 1) {
    throw ModelError(
        fmt::format("{}: the model takes {} channels; wanted 3 (RGB) or 1 (grey), which pictures "
                    "have",
                    file, vit.tokens.channels));
  }
  if (vit.dim % vit.attention.heads != 0) {
    throw ModelError(fmt::format("{}: width {} is not divisible by {} attention heads", file,
                                 vit.dim, vit.attention.heads));
  }
  if (vit.attention.differential && (vit.head_dim() % 2 != 0 || vit.attention.rope || vit.attention.norm ||
                           vit.positions.bias || vit.positions.shared_bias)) {
    throw ModelError(fmt::format(
        "{}: differential attention halves its heads, here of {} columns, and goes with no rotary "
        "embedding, position bias or other norm of what is mixed",
        file, vit.head_dim()));
  }
  if (vit.attention.rope && vit.head_dim() % 4 != 0) {
    throw ModelError(
        fmt::format("{}: rotary embedding needs heads of a multiple of 4 columns, not {}", file,
                    vit.head_dim()));
  }
  if ((vit.positions.bias || vit.positions.shared_bias) &&
      vit.tokens.prefix() > int64_t{vit.tokens.cls_token}) {
    throw ModelError(fmt::format(
        "{}: a position bias has rows for patches and one class token; this model has {} tokens "
        "before its patches",
        file, vit.tokens.prefix()));
  }
  if (vit.tokens.image.height < vit.tokens.patch || vit.tokens.image.width < vit.tokens.patch) {
    throw ModelError(fmt::format("{}: image size {}x{} is smaller than one {}-pixel patch", file,
                                 vit.tokens.image.height, vit.tokens.image.width, vit.tokens.patch));
  }
}

void validate(const PreprocessRecipe& recipe, const std::string& file) {
  const auto good = [](ImageSize size) {
    return std::min(size.height, size.width) >= 1 &&
           std::max(size.height, size.width) <= ConfigReader::kMaxSide;
  };
  const ImageSize output = recipe.output_size();
  if (!good(recipe.resize) || !good(output)) {
    throw ModelError(fmt::format(
        "{}: preprocessing resizes to {}x{} for an input of {}x{}; wanted sides of 1 to {}", file,
        recipe.resize.height, recipe.resize.width, output.height, output.width,
        ConfigReader::kMaxSide));
  }
}

Activation activation_named(const std::string& name, const std::string& file) {
  for (const auto& [known, activation] : kActivations) {
    if (name == known) return activation;
  }
  throw ModelError(fmt::format(
      "{}: activation {} is not supported; supported are gelu, gelu_new, gelu_pytorch_tanh, "
      "gelu_fast, quick_gelu, silu and relu",
      file, quote(name)));
}

const char* name_of(Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return "gelu";
    case Activation::gelu_tanh:
      return "gelu_tanh";
    case Activation::quick_gelu:
      return "quick_gelu";
    case Activation::silu:
      return "silu";
    case Activation::relu:
      return "relu";
  }
  return "?";
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

const char* name_of(MlpKind kind) {
  switch (kind) {
    case MlpKind::plain:
      return "plain";
    case MlpKind::gated:
      return "gated";
  }
  return "?";
}

const char* name_of(NormKind kind) {
  switch (kind) {
    case NormKind::layer:
      return "LayerNorm";
    case NormKind::rms:
      return "RMSNorm";
  }
  return "?";
}

const char* name_of(BlockKind kind) {
  switch (kind) {
    case BlockKind::pre_norm:
      return "pre-norm";
    case BlockKind::post_norm:
      return "residual post-norm";
    case BlockKind::parallel:
      return "attention beside MLP";
    case BlockKind::branches:
      return "parallel paths";
  }
  return "?";
}

const char* name_of(QkvBias bias) {
  switch (bias) {
    case QkvBias::none:
      return "none";
    case QkvBias::q_and_v:
      return "q_and_v";
    case QkvBias::all:
      return "all";
  }
  return "?";
}

const char* name_of(Pooling pooling) {
  switch (pooling) {
    case Pooling::token:
      return "token";
    case Pooling::patch_mean:
      return "patch_mean";
    case Pooling::token_and_patch_mean:
      return "token_and_patch_mean";
    case Pooling::attention:
      return "attention";
  }
  return "?";
}

const char* name_of(ScoreActivation activation) {
  switch (activation) {
    case ScoreActivation::softmax:
      return "softmax";
    case ScoreActivation::sigmoid:
      return "sigmoid";
    case ScoreActivation::none:
      return "none";
  }
  return "?";
}

}  // namespace saccade
