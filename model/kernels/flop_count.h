// The number of operations of a forward pass.
#pragma once

#include "weights/describe/vit_description.h"

namespace saccade {

/// Floating-point operations of one image's forward pass. As is usual, counts matrix products only,
/// of all tokens in every block, and a multiply-add as two.
double nominal_flops(const VitDescription& vit, ImageSize input);

}  // namespace saccade
