// An open checkpoint: its configuration is resolved, its tensors are checked but not converted.
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

  /// The size of the model's input: the recipe's output, which may differ from the trained size.
  ImageSize input_size() const { return config.recipe.output_size(); }
};

/// Opens `path`: a folder with config.json and model.safetensors or pytorch_model.bin (or the index
/// of its shards), or the file of weights in one. Throws ModelError or SystemError that names the
/// file and the remedy.
Checkpoint open_checkpoint(const std::filesystem::path& path,
                           const RecipeOverrides& overrides = {});

}  // namespace saccade
