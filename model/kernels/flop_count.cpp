#include "model/kernels/flop_count.h"

namespace saccade {

double nominal_flops(const VitDescription& vit, ImageSize input) {
  const double T = double(vit.tokens.count(input)), D = double(vit.dim);
  const double patches = (T - double(vit.tokens.prefix())) * D *
                         double(vit.tokens.channels * vit.tokens.patch * vit.tokens.patch);
  const double linear = T * D * (4 * D + double(vit.mlp.fc1_dim() + vit.mlp.hidden_dim));
  const double attention = 2 * T * T * D;
  const double heads =
      double(vit.classifier_dim() * vit.head.classes) * double(vit.head.classifiers.size()) +
      double(vit.head.visual_projection ? vit.pooled_dim() * vit.head.embed_dim : 0);
  return 2 * (patches + double(vit.depth * vit.block.branches) * (linear + attention) + heads);
}

}  // namespace saccade
