// How much arithmetic a forward pass is.
#pragma once

#include "weights/describe/vit_description.h"

namespace saccade {

/// Floating-point operations of one image's forward pass, a multiply-add being two: matrix products
/// only, of all tokens in every block, as such figures are usually given.
double nominal_flops(const VitDescription& vit, ImageSize input);

}  // namespace saccade
