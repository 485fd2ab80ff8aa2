#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "weights/errors.h"
#include "weights/model_config.h"
#include "weights/timm_files.h"

namespace saccade {
namespace {

constexpr int64_t kLargest = int64_t{1} << 40;  // no more than "an integer"; validate() is stricter
constexpr int64_t kLargestPatch = 1024;

// "timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k" -> "vit_tiny_patch16_224"
std::string entry_point(std::string architecture) {
  if (const size_t slash = architecture.rfind('/'); slash != std::string::npos) {
    architecture.erase(0, slash + 1);
  }
  return architecture.substr(0, architecture.find('.'));
}

// Arguments that only restate what the tensors show, or that matter to training alone.
constexpr std::array<std::string_view, 22> kHarmlessArgs{
    "img_size",       "patch_size",     "in_chans",      "num_classes",      "embed_dim",
    "depth",          "num_heads",      "mlp_ratio",     "act_layer",        "global_pool",
    "qkv_bias",       "drop_rate",      "pos_drop_rate", "patch_drop_rate",  "proj_drop_rate",
    "attn_drop_rate", "drop_path_rate", "weight_init",   "dynamic_img_size", "strict_img_size",
    "pre_norm",       "init_values"};

void check_args(const TimmFiles& files, const nlohmann::json& args) {
  for (const auto& [name, value] : args.items()) {
    const bool harmless =
        std::find(kHarmlessArgs.begin(), kHarmlessArgs.end(), name) != kHarmlessArgs.end();
    const bool off = value.is_null() || value == false;  // what that removes, the tensors show
    if (!harmless && !off) files.args.fail(name, "no such argument; Saccade cannot honour it");
  }
  const std::string pool = files.args.text("global_pool").value_or("token");
  if (pool != "token") files.args.fail("global_pool", "\"token\": other poolings are unsupported");
}

const TensorView& shaped(const TensorFile& tensors, const FoundNaming& naming,
                         const std::string& stored, size_t rank, const std::string& file) {
  const TensorView* tensor = tensors.find(naming.outer + stored);
  if (!tensor) {
    throw ModelError(
        fmt::format("{}: the weights lack the tensor '{}'", file, naming.outer + stored));
  }
  if (tensor->shape.size() != rank) {
    throw ModelError(fmt::format("{}: tensor '{}' has {} dimensions, wanted {}", file,
                                 naming.outer + stored, tensor->shape.size(), rank));
  }
  return *tensor;
}

void sizes_from_shapes(const TensorFile& tensors, const FoundNaming& naming,
                       const std::string& file, ModelConfig& model) {
  const auto tensor = [&](const std::string& canonical, size_t rank) -> const TensorView& {
    return shaped(tensors, {naming.naming, "", ""}, stored_names(naming, canonical).front(), rank,
                  file);
  };
  const TensorView& patch = tensor("patch_embed.proj.weight", 4);
  VitDescription& vit = model.vit;
  vit.dim = patch.shape[0];
  vit.channels = patch.shape[1];
  vit.patch = patch.shape[2];
  vit.mlp_dim = tensor("blocks.0.mlp.fc1.weight", 2).shape[0];
  if (vit.patch < 1 || vit.patch > kLargestPatch) {
    throw ModelError(
        fmt::format("{}: tensor 'patch_embed.proj.weight' has patches of {}; wanted "
                    "1 to {}",
                    file, vit.patch, kLargestPatch));
  }
  while (tensors.find(
      stored_names(naming, fmt::format("blocks.{}.norm1.weight", vit.depth)).front())) {
    ++vit.depth;
  }
  for (const char* field : {"dim", "channels", "patch", "mlp_dim", "depth"}) {
    model.sources[field] = kFromShape;
  }
}

void resolve_classes(const TimmFiles& files, const TensorFile& tensors, const FoundNaming& naming,
                     ModelConfig& model) {
  const std::string head = model.vit.classifier_heads.front().name + ".weight";
  if (!tensors.find(naming.outer + head)) {
    throw ModelError(fmt::format(
        "{}: no classifier in this checkpoint (no tensor '{}'); use one with num_classes above 0",
        files.top.file(), head));
  }
  model.vit.classes = shaped(tensors, naming, head, 2, files.top.file()).shape[0];
  model.sources["classes"] = kFromShape;
  for (const ConfigReader* config : {&files.args, &files.top, &files.pretrained}) {
    const auto said = config->integer("num_classes", 0, kLargest);
    if (said && *said != model.vit.classes) {
      config->fail("num_classes", fmt::format("{}, the rows of '{}'", model.vit.classes, head));
    }
    if (said) break;
  }
}

// The size that the position embedding was trained for: the first that config.json names and the
// rows agree with, or the square that has as many patches. `input` is what the model will be fed.
void resolve_image(const TimmFiles& files, const TensorFile& tensors, const FoundNaming& naming,
                   ImageSize input, ModelConfig& model) {
  VitDescription& vit = model.vit;
  const std::string& file = files.top.file();
  const std::string name = stored_names(naming, "pos_embed").front();
  const int64_t rows =
      shaped(tensors, {naming.naming, "", ""}, name, 3, file).shape[1] - vit.prefix_tokens();
  model.sources["image"] = kFromShape;

  std::vector<ImageSize> candidates{timm_input_size(files).value_or(ImageSize{224, 224})};
  if (const auto size = files.args.size("img_size")) candidates.push_back(*size);
  constexpr int64_t kMaxRows = ConfigReader::kMaxSide * ConfigReader::kMaxSide;
  if (rows >= 1 && rows <= kMaxRows) {
    const auto side = static_cast<int64_t>(std::llround(std::sqrt(double(rows))));
    candidates.push_back({side * vit.patch, side * vit.patch});
  }
  candidates.push_back(input);
  for (const ImageSize& candidate : candidates) {
    const ImageSize grid = vit.grid(candidate);
    if (grid.height * grid.width != rows) continue;
    vit.image = candidate;
    return;
  }
  throw ModelError(fmt::format(
      "{}: tensor '{}' has {} rows for patches, which fit neither the input of {}x{} nor a square",
      file, name, rows, candidates.front().height, candidates.front().width));
}

}  // namespace

ModelConfig resolve_timm_config(const ConfigReader& config, const TensorFile& tensors,
                                const FoundNaming& naming, const RecipeOverrides& overrides) {
  const TimmFiles files = split_timm_config(config);
  ModelConfig model;
  model.architecture = config.text("architecture").value_or("");
  const std::string entry = entry_point(model.architecture);
  model.family = find_family(ConfigKind::timm, entry);
  if (!model.family) {
    config.fail("architecture", "one of " + known_architectures(ConfigKind::timm));
  }
  model.sources["family"] = config.source();
  if (const nlohmann::json* args = config.find("model_args")) check_args(files, *args);

  VitDescription& vit = model.vit;
  vit.dist_token = model.family->dist_token;
  vit.norm_eps = model.family->norm_eps;
  vit.pos_embed_resize = model.family->pos_embed_resize;
  vit.classifier_heads = model.family->classifier_heads;
  model.sources["norm_eps"] = kFromFamily;
  sizes_from_shapes(tensors, naming, config.file(), model);
  vit.qkv_bias = resolve(model.sources, "qkv_bias", config, files.args.boolean("qkv_bias"),
                         model.family->qkv_bias);
  vit.heads = resolve(model.sources, "heads", config, files.args.integer("num_heads", 1, kLargest),
                      timm_heads(entry));
  vit.activation = activation_named(resolve<std::string>(model.sources, "activation", config,
                                                         files.args.text("act_layer"), "gelu"),
                                    config.file());
  resolve_classes(files, tensors, naming, model);
  model.recipe = resolve_timm_recipe(files, overrides, model.sources);
  resolve_image(files, tensors, naming, model.recipe.output_size(), model);
  validate(vit, config.file());
  validate(model.recipe, config.file());
  model.labels = resolve_timm_labels(files, vit.classes, model.sources);
  if (vit.classes == 1) model.activation = ScoreActivation::sigmoid;
  model.sources["scores"] = "number of classes";
  return model;
}

}  // namespace saccade
