// The learned bias of attention for the distance between tokens: a table (Bao et al. 2022,
// arXiv:2106.08254) or an MLP (distance_mlp.h).
#pragma once

#include <memory>
#include <string>

#include "model/kernels/buffer.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// The bias of a block's scores for an input of `input`, [H, T, T]: its own, if it has one, plus
/// the one that all blocks share. Returns nullptr if there is neither.
std::shared_ptr<const Buffer> read_position_bias(const VitDescription& vit, const Weights& weights,
                                                 ImageSize input, const std::string& block,
                                                 std::shared_ptr<const Buffer> shared);

/// The bias that all blocks share, or nullptr.
std::shared_ptr<const Buffer> read_shared_position_bias(const VitDescription& vit,
                                                        const Weights& weights, ImageSize input);

}  // namespace saccade
