#include "model/layers/patch_embed.h"

#include <algorithm>
#include <cstring>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/parameters.h"
#include "model/layers/pos_embed.h"

namespace saccade {
namespace {

// cls_token, dist_token and reg_token, plus their positions if they have some, then the positions
// of the patches: [T, D].
Buffer constant_tokens(const VitDescription& vit, const Weights& weights, ImageSize input) {
  Buffer tokens(static_cast<size_t>(vit.tokens.count(input) * vit.dim));
  std::fill_n(tokens.data(), tokens.size(), 0.0f);
  std::vector<float> pos_embed;  // [positioned + N, D]
  if (vit.positions.rows != PosEmbedRows::none) pos_embed = weights.read("pos_embed");
  const auto positioned = static_cast<size_t>(vit.positioned_prefix() * vit.dim);
  std::copy_n(pos_embed.begin(), positioned, tokens.data());
  float* row = tokens.data();
  for (const char* name : {"cls_token", "dist_token", "reg_token"}) {
    if (!weights.has(name)) continue;
    for (float value : weights.read(name)) *row++ += value;
  }
  if (pos_embed.empty()) return tokens;
  const auto patches = std::span(pos_embed).subspan(positioned);
  if (vit.tokens.grid(input) == vit.tokens.grid(vit.tokens.image)) {
    std::copy(patches.begin(), patches.end(), row);
  } else {
    const std::vector<float> resized =
        resize_pos_embed(patches, vit.tokens.grid(vit.tokens.image), vit.tokens.grid(input),
                         vit.dim, vit.positions.resize);
    std::copy(resized.begin(), resized.end(), row);
  }
  return tokens;
}

}  // namespace

PatchEmbed::PatchEmbed(Runtime& runtime, const VitDescription& vit, const Weights& weights,
                       ImageSize input)
    : input_(input),
      grid_(vit.tokens.grid(input)),
      channels_(vit.tokens.channels),
      patch_(vit.tokens.patch),
      prefix_(vit.tokens.prefix()),
      dim_(vit.dim),
      // A convolution whose stride is its kernel is a product: its weight [D, C, P, P] is [D,
      // C*P*P].
      proj_(runtime, "patch_embed.proj",
            {vit.tokens.channels * vit.tokens.patch * vit.tokens.patch, vit.dim},
            grid_.height * grid_.width, {.accumulate = true},
            StoredLinear(weights, "patch_embed.proj").all(), Precision::f32),
      tokens_(constant_tokens(vit, weights, input)) {}

// [C, H, W] -> [N, C * P * P]: patches row by row, and inside each the order of the weight.
void PatchEmbed::unfold(const float* pixels, float* patches) const {
  const int64_t row_size = channels_ * patch_ * patch_;
  parallel_for(grid_.height, [&](int64_t down) {
    for (int64_t c = 0; c < channels_; ++c) {
      for (int64_t y = 0; y < patch_; ++y) {
        const float* line = pixels + (c * input_.height + down * patch_ + y) * input_.width;
        const int64_t first = down * grid_.width * row_size + (c * patch_ + y) * patch_;
        copy_rows(line, grid_.width, patch_, patches + first, row_size);
      }
    }
  });
}

void PatchEmbed::operator()(const float* pixels, int64_t batch, float* x, Runtime& runtime) const {
  const int64_t N = grid_.height * grid_.width, image_size = input_.height * input_.width;
  const Scratch patches = runtime.scratch(N * channels_ * patch_ * patch_);
  for (int64_t image = 0; image < batch; ++image) {
    unfold(pixels + image * channels_ * image_size, patches);              // [N, C*P*P]
    std::memcpy(x, tokens_.data(), tokens_.size() * sizeof(float));        // [T, D]
    proj_(FloatView(patches), N, FloatView(x + prefix_ * dim_), runtime);  // x += [N, D]
    x += tokens_.size();
  }
}

}  // namespace saccade
