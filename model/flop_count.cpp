#include "model/flop_count.h"

namespace saccade {

double nominal_flops(const VitDescription& vit, ImageSize input) {
  const double T = double(vit.tokens(input)), D = double(vit.dim);
  const double patches =
      (T - double(vit.prefix_tokens())) * D * double(vit.channels * vit.patch * vit.patch);
  const double linear = T * D * (4 * D + double(vit.fc1_dim() + vit.mlp_dim));
  const double attention = 2 * T * T * D;
  const double heads = double(vit.pooled_dim() * vit.classes) * double(vit.classifier_heads.size());
  return 2 * (patches + double(vit.depth * vit.paths) * (linear + attention) + heads);
}

}  // namespace saccade
