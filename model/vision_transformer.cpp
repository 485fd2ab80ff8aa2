#include "model/vision_transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "model/activations.h"
#include "model/block.h"
#include "model/parallel.h"
#include "model/parameters.h"
#include "model/patch_embed.h"
#include "model/runtime.h"
#include "model/self_attention.h"

namespace saccade {
namespace {

// A linear classifier on one row of the sequence.
struct Head {
  int64_t token_row;
  Linear linear;
};

// Blocks are independent, so each thread reads, converts and packs its own share of them.
std::vector<std::unique_ptr<Block>> read_blocks(Runtime& runtime, const VitDescription& vit,
                                                const Weights& weights, int64_t rows) {
  std::vector<std::unique_ptr<Block>> blocks(static_cast<size_t>(vit.depth));
  parallel_for(vit.depth, [&](int64_t i) {
    blocks[size_t(i)] =
        std::make_unique<Block>(runtime, vit, weights, fmt::format("blocks.{}.", i), rows);
  });
  return blocks;
}

// The mean of the heads' logits, as a sum: each head's weights are divided by their number, and all
// but the first add to what is there.
std::vector<Head> read_heads(Runtime& runtime, const VitDescription& vit, const Weights& weights) {
  std::vector<Head> heads;
  const auto count = static_cast<float>(vit.classifier_heads.size());
  for (const ClassifierHead& head : vit.classifier_heads) {
    heads.push_back({head.token_row, Linear(runtime, head.name, vit.dim, vit.classes, 1,
                                            {.accumulate = !heads.empty()},
                                            StoredLinear(weights, head.name).all())});
    if (count > 1) heads.back().linear.scale(1 / count);
  }
  return heads;
}

}  // namespace

class VisionTransformer::Impl {
 public:
  Impl(const VitDescription& description, const Weights& weights, ImageSize input)
      : vit(description),
        pixels_each(vit.channels * input.height * input.width),
        tokens(vit.tokens(input)),
        patch_embed(runtime, vit, weights, input),
        attention(runtime, vit.heads, vit.head_dim()),
        blocks(read_blocks(runtime, vit, weights, tokens)),
        norm(read_layer_norm(weights, "norm", vit.norm_eps)),
        heads(read_heads(runtime, vit, weights)) {}

  void forward(std::span<const float> pixels, int64_t batch, std::span<float> logits,
               Observer* observer) {
    Activations& a = activations_for(batch);
    const auto show = [&](Stage stage, int64_t layer, const Buffer& values, int64_t count) {
      if (observer && observer->wants(stage, layer)) {
        observer->see(stage, layer, values.span().first(static_cast<size_t>(count)));
      }
    };

    patch_embed(pixels.data(), batch, a.x.data());  // [B, T, D]
    show(Stage::embed, 0, a.x, batch * tokens * vit.dim);

    TokenShape shape{batch, tokens, tokens};
    for (int64_t i = 0; i < vit.depth; ++i) {
      if (i + 1 == vit.depth) shape.queries = rows_needed(observer);
      blocks[size_t(i)]->forward(a, shape, attention);  // [B, Q, D]
      show(Stage::attention, i, a.probs, batch * vit.heads * shape.queries * tokens);
      show(Stage::block, i, a.x, batch * shape.queries * vit.dim);
    }

    norm(a.x.data(), batch * shape.queries, a.y.data());  // [B, Q, D]
    show(Stage::norm, 0, a.y, batch * shape.queries * vit.dim);

    for (Head& head : heads) {
      gather_row(a.y.data(), shape, head.token_row, a.mixed.data());  // [B, D]
      head.linear(a.mixed.data(), batch, logits.data());              // [B, classes]
    }
  }

  std::vector<PrimitiveInfo> primitives() const {
    std::vector<PrimitiveInfo> list;
    patch_embed.list_primitives(list);
    attention.list_primitives(list);
    for (const auto& block : blocks) block->list_primitives(list);
    for (const Head& head : heads) head.linear.list_primitives(list);
    return list;
  }

  // After the last attention only the rows that the classifier reads matter, unless somebody looks.
  int64_t rows_needed(const Observer* observer) const {
    const int64_t last = vit.depth - 1;
    if (observer && (observer->wants(Stage::attention, last) ||
                     observer->wants(Stage::block, last) || observer->wants(Stage::norm, 0))) {
      return tokens;
    }
    int64_t rows = 1;
    for (const Head& head : heads) rows = std::max(rows, head.token_row + 1);
    return rows;
  }

  // Row `row` of every sequence: y [B, Q, D] -> out [B, D].
  void gather_row(const float* y, const TokenShape& shape, int64_t row, float* out) const {
    for (int64_t image = 0; image < shape.batch; ++image) {
      std::memcpy(out + image * vit.dim, y + (image * shape.queries + row) * vit.dim,
                  static_cast<size_t>(vit.dim) * sizeof(float));
    }
  }

  Activations& activations_for(int64_t batch) {
    if (!activations || batch > activations_batch) {
      activations.reset();  // the old ones go first: there is never room for both
      activations.emplace(vit, batch, tokens);
      activations_batch = batch;
    }
    return *activations;
  }

  VitDescription vit;
  int64_t pixels_each;  // C * H * W
  int64_t tokens;       // T
  Runtime runtime;
  PatchEmbed patch_embed;
  ScaledDotProduct attention;
  std::vector<std::unique_ptr<Block>> blocks;
  LayerNorm norm;
  std::vector<Head> heads;
  std::optional<Activations> activations;
  int64_t activations_batch = 0;
};

VisionTransformer::VisionTransformer(const VitDescription& vit, const Weights& weights,
                                     ImageSize input)
    : impl_(std::make_unique<Impl>(vit, weights, input)) {}
VisionTransformer::~VisionTransformer() = default;
VisionTransformer::VisionTransformer(VisionTransformer&&) noexcept = default;
VisionTransformer& VisionTransformer::operator=(VisionTransformer&&) noexcept = default;

void VisionTransformer::forward(std::span<const float> pixels, int64_t batch,
                                std::span<float> logits, Observer* observer) {
  const auto count = [batch](int64_t each) { return static_cast<size_t>(batch * each); };
  if (batch < 1 || pixels.size() != count(impl_->pixels_each) ||
      logits.size() != count(impl_->vit.classes)) {
    throw std::invalid_argument("forward: pixels and logits must fit the batch and the model");
  }
  impl_->forward(pixels, batch, logits, observer);
}

int64_t VisionTransformer::classes() const { return impl_->vit.classes; }

std::vector<PrimitiveInfo> VisionTransformer::primitives() const { return impl_->primitives(); }

}  // namespace saccade
