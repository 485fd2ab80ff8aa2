#include "model/kernels/flop_count.h"

namespace saccade {

double nominal_flops(const VitDescription& vit, ImageSize input) {
  const double T = double(vit.tokens(input)), D = double(vit.dim);
  const double patches =
      (T - double(vit.prefix_tokens())) * D * double(vit.channels * vit.patch * vit.patch);
  const double linear = T * D * (4 * D + double(vit.fc1_dim() + vit.mlp_dim));
  const double attention = 2 * T * T * D;
  const double heads =
      double(vit.classifier_dim() * vit.classes) * double(vit.classifier_heads.size()) +
      double(vit.visual_projection ? vit.pooled_dim() * vit.embed_dim : 0);
  return 2 * (patches + double(vit.depth * vit.paths) * (linear + attention) + heads);
}

}  // namespace saccade
