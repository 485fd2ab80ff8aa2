#include "weights/checkpoint.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "weights/base/errors.h"
#include "weights/config/label_file.h"
#include "weights/config_from_arch.h"
#include "weights/config_from_torchvision.h"
#include "weights/files/file_exists.h"
#include "weights/files/json_file.h"
#include "weights/files/peft_adapter.h"
#include "weights/files/weights_files.h"
#include "weights/other_formats.h"
#include "weights/other_models.h"
#include "weights/text_classifier.h"
#include "weights/timm/timm_config.h"
#include "weights/transformers/transformers_config.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

fs::path find_weights(const fs::path& folder) {
  refuse_adapter(folder);
  for (const WeightsFiles& files : kWeightsFiles) {
    for (const char* name : {files.whole, files.index}) {
      if (file_exists(folder / name)) return folder / name;
    }
  }
  refuse_without_weights(folder);
}

// The path of a configuration file stands for its folder.
fs::path without_config_name(const fs::path& path) {
  for (const char* name : {"config.json", "preprocessor_config.json", "processor_config.json",
                           "adapter_config.json"}) {
    if (path.filename() != name || !file_exists(path)) continue;
    return path.has_parent_path() ? path.parent_path() : ".";
  }
  return path;
}

// config.json beside the weights; nullopt if there is none.
std::optional<ConfigReader> read_config(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  if (!file_exists(file)) return std::nullopt;
  return ConfigReader(read_json_file(file), file.string(), "config.json");
}

// The keys "architecture" (timm) and "architectures" (transformers) tell the kinds of config.json
// from each other.
ModelConfig resolve_config(const std::optional<ConfigReader>& config, const fs::path& folder,
                           const TensorFile& tensors, const FoundNaming& naming,
                           const RecipeOverrides& overrides) {
  const bool says_what = config && (config->has("architecture") || config->has("architectures") ||
                                    config->has("model_type"));
  const std::string file = tensors.paths().front().string();
  if (!says_what && is_torchvision(*naming.naming)) {
    return config_from_torchvision(tensors, naming, overrides, file);
  }
  if (!config) return config_from_arch(tensors, naming, overrides, file);
  if (overrides.architecture) {
    throw UsageError(fmt::format("--arch: {} says already what the weights are", config->file()));
  }
  if (config->has("architecture")) {
    return resolve_timm_config(*config, tensors, naming, overrides);
  }
  return resolve_transformers_config(*config, read_processor_config(folder), overrides, &tensors);
}

// The head of a model that has none of its own; nothing for others.
GivenTensors resolve_classifier(const TensorFile& tensors, const FoundNaming& naming,
                                const RecipeOverrides& overrides, const std::string& name,
                                ModelConfig& config) {
  const bool texts = config.family->text_scores != TextScores::none;
  if (overrides.classifier && !texts) {
    throw UsageError(fmt::format(
        "--classifier: {} ({}) has a classifier of its own; texts are for whole CLIP and SigLIP "
        "models (CLIPModel, SiglipModel)",
        name, config.architecture));
  }
  if (!texts) return {};
  if (!overrides.classifier) {
    throw ModelError(fmt::format(
        "{}: no classifier in this checkpoint (architecture {}); name its classes by --classifier "
        "FILE.safetensors, texts' embeddings 'text_embeds' [classes, {}], and --labels FILE",
        name, config.architecture, config.vit.head.embed_dim));
  }
  return read_text_classifier(*overrides.classifier, tensors, naming, config);
}

// For a model with one channel. Files usually have the mean and deviation of three equal channels.
void make_grey(PreprocessRecipe& recipe, const std::string& name) {
  const auto differ = [](const std::array<double, 3>& values) {
    return values[0] != values[1] || values[0] != values[2];
  };
  if (differ(recipe.mean) || differ(recipe.std)) {
    throw ModelError(fmt::format(
        "{}: the model takes one channel, but its preprocessing has a mean or deviation for each "
        "of three; pass --mean and --std with one number",
        name));
  }
  recipe.grey = true;
}

// Attention needs T^2 values per head: a small config.json must not exhaust the memory.
constexpr int64_t kMaxPatches = 128 * 128;

// Without --img-size the size must be the trained one: most transformers families refuse another,
// and timm only resizes positions to a size in its config.json.
void check_input_size(const ModelConfig& config, const RecipeOverrides& overrides,
                      const std::string& name) {
  const ImageSize input = config.recipe.output_size();
  const VitDescription& vit = config.vit;
  const ImageSize grid = vit.tokens.grid(input);
  const auto refuse = [&](const std::string& reason) {
    if (overrides.img_size) throw UsageError("--img-size: " + reason);
    throw ModelError(fmt::format("{}: {}", name, reason));
  };
  if (grid.height < 1 || grid.width < 1) {
    refuse(fmt::format("an input of {}x{} is smaller than one {}-pixel patch; it must be larger",
                       input.height, input.width, vit.tokens.patch));
  }
  if (grid.height * grid.width > kMaxPatches) {
    refuse(
        fmt::format("an input of {}x{} has {}x{} patches; wanted at most {} in all, so pass a "
                    "smaller --img-size",
                    input.height, input.width, grid.height, grid.width, kMaxPatches));
  }
  if (config.family->config == ConfigKind::transformers && !config.family->any_input_size &&
      input != vit.tokens.image && !overrides.img_size) {
    throw ModelError(fmt::format(
        "{}: preprocessing makes pictures of {}x{} but the model was trained for {}x{}; pass "
        "--img-size to choose one",
        name, input.height, input.width, vit.tokens.image.height, vit.tokens.image.width));
  }
}

}  // namespace

Checkpoint open_checkpoint(const fs::path& path, const RecipeOverrides& overrides) {
  if (!file_exists(path)) {
    throw ModelError(
        fmt::format("{}: no such model; give a folder with config.json and "
                    "model.safetensors, or the file of weights in one",
                    path.string()));
  }
  const fs::path opened = without_config_name(path);
  std::error_code ignored;  // only just found to exist
  const bool is_folder = fs::is_directory(opened, ignored);
  const fs::path parent = opened.has_parent_path() ? opened.parent_path() : ".";
  const fs::path folder = is_folder ? opened : parent;
  if (!is_folder) refuse_other_format(opened);
  const fs::path file = is_folder ? find_weights(opened) : opened;
  const std::optional<ConfigReader> said = read_config(folder);
  if (said) refuse_other_architecture(*said);
  TensorFile tensors(file);
  refuse_changed_tensors(tensors);
  const FoundNaming naming = find_naming(tensors);
  if (!naming.naming) refuse_unknown_tensors(tensors);
  ModelConfig config = resolve_config(said, folder, tensors, naming, overrides);
  const std::string name = opened.lexically_normal().string();
  if (config.vit.tokens.channels == 1) make_grey(config.recipe, name);
  check_input_size(config, overrides, name);
  GivenTensors given = resolve_classifier(tensors, naming, overrides, name, config);
  if (overrides.labels) {
    config.labels = read_label_file(*overrides.labels, config.vit.head.classes);
    config.sources["labels"] = overrides.labels->string();
  }
  Weights weights(std::move(tensors), naming, config.vit, config.family->ignorable, file.string(),
                  std::move(given));
  return {name, file, std::move(config), std::move(weights)};
}

}  // namespace saccade
