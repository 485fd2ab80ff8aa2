#include "weights/config/model_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "weights/base/errors.h"
#include "weights/base/text.h"

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

}  // namespace

void validate(const VitDescription& vit, const std::string& file) {
  if (const auto problem = problem_of(vit)) throw ModelError(file + ": " + *problem);
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
  std::string all;
  for (const auto& [known, activation] : kActivations) {
    if (!all.empty()) all += known == kActivations.back().first ? " and " : ", ";
    all += known;
  }
  throw ModelError(
      fmt::format("{}: activation {} is not supported; supported are {}", file, quote(name), all));
}

void resolve_score_activation(const ConfigReader& config, ModelConfig& model) {
  const std::string problem = config.text("problem_type").value_or("");
  model.sources["scores"] = problem.empty() ? "number of classes" : config.source();
  if (problem == "regression") {
    model.activation = ScoreActivation::none;
  } else if (problem == "multi_label_classification" || model.vit.head.classes == 1) {
    model.activation = ScoreActivation::sigmoid;
  }
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
