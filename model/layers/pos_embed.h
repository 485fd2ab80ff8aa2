// Position embeddings for another grid than they were trained on.
#pragma once

#include <span>
#include <vector>

#include "weights/describe/vit_description.h"

namespace saccade {

/// table [from.height * from.width, dim] -> [to.height * to.width, dim], interpolated over the grid
/// with half-pixel centres (align_corners=False), but for one kind, in the family's own way:
/// bicubic as torch.nn.functional.interpolate(mode="bicubic"), a = -0.75, edges repeated;
/// bicubic_antialias as the same with antialias=True, a = -0.5, support widened when shrinking;
/// bilinear as mode="bilinear", not antialiased;
/// bilinear_corners as the same with align_corners=True: corners lie upon corners;
/// geometric as timm's resize_rel_pos_bias_table without SciPy, for grids of odd sides.
std::vector<float> resize_pos_embed(std::span<const float> table, ImageSize from, ImageSize to,
                                    int64_t dim, PosEmbedResize kind);

}  // namespace saccade
