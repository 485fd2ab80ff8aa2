// The resolved configuration of a checkpoint: the transformer, its preprocessing, its labels, and
// the source of each value.
#pragma once

#include <string>

#include "weights/config/config_reader.h"
#include "weights/config/family.h"
#include "weights/config/labels.h"
#include "weights/config/provenance.h"
#include "weights/describe/preprocess_recipe.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// How logits become scores, by the Hugging Face pipeline's names.
enum class ScoreActivation { softmax, sigmoid, none };

struct ModelConfig {
  const Family* family = nullptr;
  std::string architecture;  ///< as the file spells it
  VitDescription vit;
  PreprocessRecipe recipe;
  Labels labels;
  ScoreActivation activation = ScoreActivation::softmax;
  Provenance sources;
};

/// Throws ModelError that names `file` if there is a problem_of(vit).
void validate(const VitDescription& vit, const std::string& file);
/// Throws ModelError unless every side of the sizes before and after cropping is 1 .. kMaxSide.
void validate(const PreprocessRecipe& recipe, const std::string& file);

/// Sets the activation as transformers' pipeline does: by "problem_type", else by the number of
/// classes.
void resolve_score_activation(const ConfigReader& config, ModelConfig& model);

const char* name_of(ScoreActivation activation);
/// Returns the activation of that name in transformers' ACT2FN or timm. Throws ModelError that
/// names `file` if Saccade does not have it.
Activation activation_named(const std::string& name, const std::string& file);

}  // namespace saccade
