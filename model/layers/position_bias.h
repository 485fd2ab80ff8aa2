// The learned bias of attention for the distance from token to token: a table (Bao et al. 2022,
// arXiv:2106.08254) or an MLP (distance_mlp.h).
#pragma once

#include <memory>
#include <string>

#include "model/kernels/buffer.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// What is added to a block's scores for an input of `input`, [H, T, T]: its own bias, if there is
/// one, and that of all blocks. nullptr: neither.
std::shared_ptr<const Buffer> read_position_bias(const VitDescription& vit, const Weights& weights,
                                                 ImageSize input, const std::string& block,
                                                 std::shared_ptr<const Buffer> shared);

/// That of all blocks; nullptr: there is none.
std::shared_ptr<const Buffer> read_shared_position_bias(const VitDescription& vit,
                                                        const Weights& weights, ImageSize input);

}  // namespace saccade
