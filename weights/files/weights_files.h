// File names of a checkpoint's weights, in the folder of its config.json.
#pragma once

#include <array>

namespace saccade {

struct WeightsFiles {
  const char* whole;  ///< all weights in one file
  const char* index;  ///< the list of the shards
};

/// In order of preference, which is that of transformers and timm.
inline constexpr std::array kWeightsFiles{
    WeightsFiles{"model.safetensors", "model.safetensors.index.json"},
    WeightsFiles{"pytorch_model.bin", "pytorch_model.bin.index.json"}};

}  // namespace saccade
