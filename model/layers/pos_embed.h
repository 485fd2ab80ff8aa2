// Resizes position embeddings to another grid than they were trained for.
#pragma once

#include <span>
#include <vector>

#include "weights/describe/vit_description.h"

namespace saccade {

/// table [from.height * from.width, dim] -> [to.height * to.width, dim], interpolated over the grid
/// with half-pixel centers (align_corners=False) in all kinds but one:
///   bicubic            torch.nn.functional.interpolate(mode="bicubic"): a = -0.75, edges repeated
///   bicubic_antialias  with antialias=True: a = -0.5, wider support when shrinking
///   bilinear           mode="bilinear", not antialiased
///   bilinear_corners   with align_corners=True
///   geometric          timm's resize_rel_pos_bias_table without SciPy, for grids of odd sides
std::vector<float> resize_pos_embed(std::span<const float> table, ImageSize from, ImageSize to,
                                    int64_t dim, PosEmbedResize kind);

}  // namespace saccade
