// What a checkpoint's configuration files say, resolved: the transformer, its preprocessing, its
// labels, and where each value came from.
#pragma once

#include <string>

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

/// Throws ModelError naming `file` unless the description is one that can be run: positive sizes
/// within limits, D divisible by the heads, an image of at least one patch.
void validate(const VitDescription& vit, const std::string& file);
/// Likewise, unless every side of the sizes before and after cropping is 1 .. kMaxSide.
void validate(const PreprocessRecipe& recipe, const std::string& file);

const char* name_of(ScoreActivation activation);
/// By transformers' ACT2FN names; throws ModelError that names `file` for one that is not there.
Activation activation_named(const std::string& name, const std::string& file);

}  // namespace saccade
