// Rotary position embedding on the grid of patches (Su et al. 2021, arXiv:2104.09864; in two
// dimensions as in EVA-02, Fang et al. 2023, arXiv:2303.11331, and DINOv3, Siméoni et al. 2025,
// arXiv:2508.10104).
#pragma once

#include <memory>

#include "model/kernels/buffer.h"
#include "model/kernels/float_view.h"
#include "model/layers/gradients.h"
#include "model/layers/token_shape.h"
#include "weights/describe/vit_description.h"
#include "weights/weights.h"

namespace saccade {

/// Rotates pairs of columns of a head's queries and keys by angles that depend on the patch's
/// coordinates. The prefix is not rotated.
class Rope {
 public:
  Rope(const VitDescription& vit, ImageSize input);
  /// With the angles that block `block` learned.
  Rope(const VitDescription& vit, const Weights& weights, int64_t block, ImageSize input);

  /// q (of each head the first Q rows) and k in qkv [B, 3, H, T, d], in place.
  void operator()(FloatView qkv, const TokenShape& shape) const;

  /// For one image, in place: g.q [Q, H * d] and g.k [T, H * d], the gradients of its output,
  /// become those of its input.
  void backward(const TokenShape& shape, Gradients& g) const;

 private:
  Rope(const VitDescription& vit, int64_t tables, ImageSize input);
  void set_pair(int64_t row, int64_t pair, double angle);

  int64_t heads_, head_dim_, prefix_;
  RopePairs pairs_;
  int64_t of_head_;   // from a head's table to the next head's; 0: there is one for all
  Buffer cos_, sin_;  // [tables, patches, d], the sine of a pair's first column negative
};

/// Rows x [rows, columns], `stride` apart: x cos + swapped(x) sin, where swapped exchanges the
/// columns of a pair; on the calling thread. cos and sin [rows, columns] are dense.
void rotate_rows(FloatView x, int64_t rows, int64_t columns, int64_t stride, RopePairs pairs,
                 const float* cos, const float* sin);

/// The same by the opposite angles, for gradients.
void rotate_rows_back(float* x, int64_t rows, int64_t columns, int64_t stride, RopePairs pairs,
                      const float* cos, const float* sin);

}  // namespace saccade
