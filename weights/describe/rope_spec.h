// Rotary position embedding (Su et al. 2021, arXiv:2104.09864; Fang et al. 2023, arXiv:2303.11331).
#pragma once

#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// The coordinates of a patch, down and across.
enum class RopeCoordinates {
  grid,     ///< its indices on the grid: ROPE-ViT
  scaled,   ///< the same scaled to another grid: EVA-02
  centred,  ///< those of its centre, from -2 pi to 2 pi from edge to edge: DINOv3
};

/// Which columns of a head form a pair that is rotated, where d is the number of columns.
enum class RopePairs {
  interleaved,  ///< 2 i and 2 i + 1
  rotate_half,  ///< i and d / 2 + i
};

/// The angles: pair i < d / 4 is rotated by down * temperature^(-4 i / d), pair d / 4 + i by
/// across * temperature^(-4 i / d). If learned, each pair of each head of each block is rotated by
/// down * f + across * g, where f and g are parameters (Heo et al. 2024, arXiv:2403.13298).
struct RopeSpec {
  RopeCoordinates coordinates = RopeCoordinates::scaled;
  ImageSize grid{16, 16};  ///< RopeCoordinates::scaled: the grid that coordinates are scaled to
  double temperature = 1e4;
  RopePairs pairs = RopePairs::interleaved;
  bool across_first = false;  ///< swaps down and across
  bool learned = false;
};

}  // namespace saccade
