// What the layers of a block are made for.
#pragma once

#include <memory>

#include "model/kernels/buffer.h"
#include "model/layers/parameters.h"
#include "model/layers/rope.h"
#include "weights/describe/vit_description.h"

namespace saccade {

/// What all blocks of a model share.
struct BlockPlan {
  ImageSize input;
  LinearPlan linears;
  std::shared_ptr<const Buffer> position_bias;  ///< that of all blocks, [H, T, T]; or nullptr
  std::shared_ptr<const Rope> rope;             ///< or nullptr
};

}  // namespace saccade
