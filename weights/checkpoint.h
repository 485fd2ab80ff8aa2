// A checkpoint folder, opened: configuration resolved, tensors checked, nothing converted yet.
#pragma once

#include <filesystem>
#include <string>

#include "weights/config/model_config.h"
#include "weights/config/recipe_overrides.h"
#include "weights/weights.h"

namespace saccade {

struct Checkpoint {
  std::string name;            ///< the folder, as results name the model
  std::filesystem::path file;  ///< the file of weights, or the shards' index, that was opened
  ModelConfig config;
  Weights weights;

  /// What the model is fed: the recipe's output, which may differ from the trained size.
  ImageSize input_size() const { return config.recipe.output_size(); }
};

/// Opens `path`: a folder with config.json and model.safetensors or pytorch_model.bin (or its
/// shards' index), or the file of weights inside one. Throws ModelError or SystemError, naming the
/// file and the remedy.
Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const RecipeOverrides& overrides = {});

}  // namespace saccade
