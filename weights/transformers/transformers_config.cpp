#include "weights/transformers/transformers_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/config/model_config.h"

namespace saccade {
namespace {

constexpr int64_t kMostRegisters = 1024;
constexpr int64_t kLargest = int64_t{1} << 40;  // when they are read; validate() is stricter

bool has_classifiers(const TensorFile& tensors, const Family& family) {
  return std::all_of(
      family.classifier_heads.begin(), family.classifier_heads.end(), [&](const auto& head) {
        const std::string wanted = head.name + ".weight";
        return std::any_of(tensors.tensors().begin(), tensors.tensors().end(),
                           [&](const auto& named) {
                             return named.first == wanted || named.first.ends_with("." + wanted);
                           });
      });
}

// The family of a config.json that names only a "model_type": the tensors show which classifier.
const Family& family_of_type(const ConfigReader& config, const TensorFile* tensors) {
  const std::string type = config.text("model_type").value_or("");
  const std::vector<const Family*> families = families_of_type(type);
  if (type.empty()) config.fail("architectures", "one of " + known_transformers_classes());
  if (families.empty()) {
    throw ModelError(fmt::format("{}: model_type {} is not supported; supported are {}",
                                 config.file(), quote(type), known_transformers_classes()));
  }
  if (!tensors) return *families.front();
  // The distilled DeiT has both classifiers; the other DeiT is before it in the list.
  for (const Family* family : families) {
    if (family->text_scores == TextScores::none && has_classifiers(*tensors, *family)) {
      return *family;
    }
  }
  for (const Family* family : families) {
    if (family->text_scores != TextScores::none) return *family;
  }
  throw ModelError(fmt::format(
      "{}: no classifier in this checkpoint (model_type {}); use one fine-tuned for image "
      "classification: {}",
      config.file(), quote(type), known_transformers_classes()));
}

// Without `tensors`, whether there is a family, rather than which.
const Family& family_of(const ConfigReader& config, const TensorFile* tensors,
                        std::string& architecture) {
  const auto listed = config.texts("architectures");
  if (!listed || listed->empty()) {
    const Family& family = family_of_type(config, tensors);
    architecture = family.architectures.front();
    return family;
  }
  architecture = listed->front();
  if (const Family* family = find_family(ConfigKind::transformers, architecture)) return *family;
  const std::string type = config.text("model_type").value_or("");
  const bool known = type.empty() || !families_of_type(type).empty();
  if (known && !architecture.ends_with("ForImageClassification")) {
    throw ModelError(fmt::format(
        "{}: no classifier in this checkpoint (architecture {}); use one fine-tuned for image "
        "classification: {}",
        config.file(), quote(architecture), known_transformers_classes()));
  }
  throw ModelError(fmt::format("{}: architecture {} is not supported; supported are {}",
                               config.file(), quote(architecture), known_transformers_classes()));
}

int64_t square_patch(const ConfigReader& config, int64_t fallback, Provenance& sources) {
  const ImageSize patch =
      resolve(sources, "patch", config, config.size("patch_size"), {fallback, fallback});
  if (patch.height != patch.width) config.fail("patch_size", "a square patch");
  return patch.height;
}

// The MLP's hidden width. Some families store it as a multiple of the width.
int64_t mlp_dim(const ConfigReader& config, const Family& family, int64_t dim,
                Provenance& sources) {
  if (!family.mlp_by_ratio) {
    return resolve<int64_t>(sources, "mlp_dim", config,
                            config.integer("intermediate_size", 1, kLargest), 3072);
  }
  const double ratio =
      resolve(sources, "mlp_dim", config, config.number("mlp_ratio", 0, 1024), 4.0);
  return static_cast<int64_t>(double(dim) * ratio);
}

// A gated MLP (SwiGLU) has two thirds of that width, rounded up to a multiple of 8.
void resolve_mlp(const ConfigReader& config, const Family& family, VitDescription& vit,
                 Provenance& sources) {
  vit.mlp.hidden_dim = mlp_dim(config, family, vit.dim, sources);
  const auto gated = family.mlp_by_ratio ? config.boolean("use_swiglu_ffn") : std::optional<bool>();
  if (resolve(sources, "mlp", config, gated, false)) {
    vit.mlp.kind = MlpKind::gated;
    vit.mlp.hidden_dim = (vit.mlp.hidden_dim * 2 / 3 + 7) / 8 * 8;
    vit.mlp.activation = Activation::silu;  // whatever "hidden_act" says
    sources["activation"] = config.source();
    return;
  }
  vit.mlp.activation = activation_named(
      resolve<std::string>(sources, "activation", config, config.text("hidden_act"),
                           std::string(family.activation)),
      config.file());
}

// id2label's keys are numbers as text, in any order; the values are texts, sometimes numbers.
std::vector<std::string> labels_by_index(const ConfigReader& config) {
  const auto id2label = config.find("id2label");
  if (!id2label) return {};
  if (!id2label->is_object()) config.fail("id2label", "an object from index to label");
  std::vector<std::string> labels(id2label->size());
  std::vector<bool> seen(id2label->size());
  for (const auto& [key, value] : id2label->items()) {
    size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || index >= labels.size() ||
        seen[index]) {
      throw ModelError(fmt::format("{}: \"id2label\" must number its {} labels from 0; it has {}",
                                   config.file(), labels.size(), quote(key)));
    }
    seen[index] = true;
    labels[index] = text_of(value);
  }
  return labels;
}

// Unlike in timm, config.json may combine these in any way.
void resolve_parts(const ConfigReader& config, ModelConfig& model) {
  VitDescription& vit = model.vit;
  const auto says = [&](const char* field, const char* key, bool fallback) {
    return resolve(model.sources, field, config, config.boolean(key), fallback);
  };
  if (!says("pos_embed", "use_absolute_position_embeddings", false)) {
    vit.positions.rows = PosEmbedRows::none;
  }
  vit.positions.bias = says("position_bias", "use_relative_position_bias", false);
  vit.positions.shared_bias =
      says("shared_position_bias", "use_shared_relative_position_bias", false);
  vit.positions.bias_resize = PosEmbedResize::bilinear;
  vit.block.layer_scale = resolve(model.sources, "layer_scale", config,
                                  config.number("layer_scale_init_value", -1e6, 1e6), 0.1) > 0;
  if (says("pooling", "use_mean_pooling", true)) {
    vit.pooling.kind = Pooling::patch_mean;
    vit.norms.after_blocks = false;
    vit.norms.after_pooling = true;
  }
}

std::optional<QkvBias> says_qkv_bias(const ConfigReader& config, const Family& family) {
  const auto said = config.boolean("qkv_bias");
  if (!said) return std::nullopt;
  return *said ? family.qkv_bias : QkvBias::none;
}

// With `given`, the labels come from elsewhere and config.json's are only counted.
void resolve_labels(const ConfigReader& config, bool given, ModelConfig& model) {
  const nlohmann::json* own = config.find("id2label");
  std::vector<std::string> labels = !given ? labels_by_index(config)
                                    : own && own->is_object()
                                        ? std::vector<std::string>(own->size())
                                        : std::vector<std::string>();
  const auto count = config.integer("num_labels", 1, kLargest);
  // As transformers: a count that contradicts the labels wins and leaves them without names.
  if (count && static_cast<size_t>(*count) != labels.size()) labels.clear();
  model.vit.head.classes =
      count ? *count : (labels.empty() ? 2 : static_cast<int64_t>(labels.size()));
  model.sources["classes"] = count || !labels.empty() ? config.source() : std::string(kFromFamily);
  model.sources["labels"] = labels.empty() ? "none in the checkpoint" : config.source();
  model.labels.descriptions = std::move(labels);
  add_synsets(model.labels);
}

// The image embedding, which is compared with those of texts, and its scores.
void resolve_text_scores(const ConfigReader& config, ModelConfig& model) {
  const Family& family = *model.family;
  VitDescription& vit = model.vit;
  vit.head.visual_projection = family.visual_projection;
  vit.head.embed_dim = vit.pooled_dim();
  if (family.visual_projection) {
    vit.head.embed_dim = resolve<int64_t>(model.sources, "embedding", config,
                                          config.integer("projection_dim", 1, kLargest), 512);
  }
  model.sources["labels"] = "none in the checkpoint";
  if (family.text_scores == TextScores::sigmoid) model.activation = ScoreActivation::sigmoid;
}

// The transformer without its classes. `config` is the part of config.json that describes it.
void resolve_structure(const ConfigReader& config, ModelConfig& model) {
  VitDescription& vit = model.vit;
  Provenance& from = model.sources;
  const auto integer = [&](const char* key) { return config.integer(key, 1, kLargest); };
  vit.tokens.image = resolve(from, "image", config, config.size("image_size"), {224, 224});
  vit.tokens.patch = square_patch(config, model.family->patch, from);
  vit.tokens.channels = resolve<int64_t>(from, "channels", config, integer("num_channels"), 3);
  vit.dim = resolve<int64_t>(from, "dim", config, integer("hidden_size"), 768);
  vit.depth = resolve<int64_t>(from, "depth", config, integer("num_hidden_layers"), 12);
  vit.attention.heads = resolve<int64_t>(from, "heads", config, integer("num_attention_heads"), 12);
  resolve_mlp(config, *model.family, vit, from);
  vit.norms.eps = resolve(from, "norm_eps", config, config.number("layer_norm_eps", 0, 1),
                          model.family->norm_eps);
  vit.attention.qkv_bias = resolve(from, "qkv_bias", config, says_qkv_bias(config, *model.family),
                                   model.family->qkv_bias);
  vit.tokens.cls_token = model.family->cls_token;
  vit.tokens.dist_token = model.family->dist_token;
  if (model.family->registers > 0) {
    vit.tokens.registers =
        resolve(from, "tokens", config, config.integer("num_register_tokens", 0, kMostRegisters),
                model.family->registers);
  }
  vit.block.layer_scale = model.family->layer_scale;
  vit.tokens.patch_bias = model.family->patch_bias;
  vit.norms.before_blocks = model.family->norm_pre;
  vit.norms.after_blocks = model.family->norm;
  vit.positions.rows = model.family->pos_embed_rows;
  vit.pooling.kind = model.family->pooling;
  vit.positions.resize = model.family->pos_embed_resize;
  vit.head.classifiers = model.family->classifier_heads;
  vit.pooling.fused_qkv = vit.pooling.kind == Pooling::attention;
  if (model.family->configured_parts) resolve_parts(config, model);
}

// As transformers' CLIPConfig: "vision_config_dict", which old files have, overrides all of
// "vision_config".
std::optional<ConfigReader> vision_part(const ConfigReader& config, const Family& family) {
  const auto old = family.model_type == "clip" ? config.object("vision_config_dict") : std::nullopt;
  return old ? old : config.object("vision_config");
}

// Without a file for preprocessing, uses the processor's defaults with the trained size.
void resolve_recipe(const ConfigReader& processor, const RecipeOverrides& overrides,
                    ModelConfig& model) {
  const std::string type(model.family->model_type);
  const bool said = processor.source() != kFromFamily || overrides.img_size || overrides.crop_pct ||
                    overrides.crop_mode;
  RecipeOverrides sized = overrides;
  if (!said && !model.family->processor_size) sized.img_size = model.vit.tokens.image;
  model.recipe = resolve_transformers_recipe(processor, type, sized, model.sources);
  if (said || model.family->processor_size) return;
  for (const char* field : {"resize", "crop"}) model.sources[field] = "the model's image size";
}

}  // namespace

void check_transformers_architecture(const ConfigReader& config) {
  std::string architecture;
  family_of(config, nullptr, architecture);
}

ModelConfig resolve_transformers_config(const ConfigReader& config, const ConfigReader& processor,
                                        const RecipeOverrides& overrides,
                                        const TensorFile* tensors) {
  if (overrides.use_test_size) {
    throw UsageError(
        fmt::format("{}: --use-test-size is for timm checkpoints; this one is "
                    "transformers', which names no test size; pass --img-size",
                    config.file()));
  }
  ModelConfig model;
  Provenance& from = model.sources;
  model.family = &family_of(config, tensors, model.architecture);
  from["family"] = config.source();

  const ConfigReader none(nlohmann::json::object(), config.file(), config.source());
  const Family& family = *model.family;
  resolve_structure(family.vision_config ? vision_part(config, family).value_or(none) : config,
                    model);
  if (family.text_scores != TextScores::none) {
    resolve_text_scores(config, model);
    model.vit.head.classes = 1;  // until the texts are read
  } else {
    resolve_labels(config, overrides.labels.has_value(), model);
    resolve_score_activation(config, model);
  }
  validate(model.vit, config.file());
  resolve_recipe(processor, overrides, model);
  return model;
}

}  // namespace saccade
