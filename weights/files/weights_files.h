// The names under which a checkpoint's weights are found beside its config.json.
#pragma once

#include <array>

namespace saccade {

struct WeightsFiles {
  const char* whole;  ///< one file
  const char* index;  ///< or the list of its shards
};

/// The first that is there is taken, as transformers and timm do.
inline constexpr std::array kWeightsFiles{
    WeightsFiles{"model.safetensors", "model.safetensors.index.json"},
    WeightsFiles{"pytorch_model.bin", "pytorch_model.bin.index.json"}};

}  // namespace saccade
