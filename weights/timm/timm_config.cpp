#include "weights/timm/timm_config.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "weights/base/errors.h"
#include "weights/base/text.h"
#include "weights/config/model_config.h"
#include "weights/timm/timm_files.h"

namespace saccade {
namespace {

const TimmEntryPoint& entry_point(const ConfigReader& config, const std::string& architecture) {
  const std::string name = timm_entry_name(architecture);
  const TimmEntryPoint* entry = find_timm_entry_point(name);
  if (entry && entry->refusal.empty()) return *entry;
  if (entry) {
    throw ModelError(
        fmt::format("{}: {} is not supported: {}", config.file(), entry->name, entry->refusal));
  }
  std::vector<std::string_view> names;
  for (const TimmEntryPoint& known : timm_entry_points()) {
    if (known.refusal.empty()) names.push_back(known.name);
  }
  const auto near = closest_match(name, names);
  throw ModelError(fmt::format(
      "{}: architecture {} is none of timm's vision transformers that Saccade runs, such as {}",
      config.file(), quote(architecture), near.value_or("vit_base_patch16_224")));
}

}  // namespace

void check_timm_architecture(const ConfigReader& config) {
  entry_point(config, config.text("architecture").value_or(""));
}

std::string timm_entry_name(std::string architecture) {
  if (const size_t slash = architecture.rfind('/'); slash != std::string::npos) {
    architecture.erase(0, slash + 1);
  }
  return architecture.substr(0, architecture.find('.'));
}

ModelConfig resolve_timm_config(const ConfigReader& config, const TensorFile& tensors,
                                const FoundNaming& naming, const RecipeOverrides& overrides) {
  const TimmFiles files = split_timm_config(config);
  ModelConfig model;
  model.architecture = config.text("architecture").value_or("");
  const TimmEntryPoint& entry = entry_point(config, model.architecture);
  model.family = find_family(ConfigKind::timm, entry.family);
  model.sources["family"] = config.source();

  resolve_timm_structure(files, entry, tensors, naming, model);
  model.recipe = resolve_timm_recipe(files, overrides, model.sources);
  resolve_timm_positions(files, entry, tensors, naming, model.recipe.output_size(), model);
  validate(model.vit, config.file());
  validate(model.recipe, config.file());
  if (!overrides.labels) {
    model.labels = resolve_timm_labels(files, model.vit.head.classes, model.sources);
  }
  resolve_score_activation(config, model);
  return model;
}

}  // namespace saccade
