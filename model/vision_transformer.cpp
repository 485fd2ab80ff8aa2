#include "model/vision_transformer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

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

Functions make_functions(Runtime& runtime, const VitDescription& vit) {
  return {ScaledDotProduct(runtime, vit.heads, vit.head_dim()),
          ScaledDotProductBackward(runtime, vit.heads, vit.head_dim()),
          Eltwise(runtime, vit.activation), runtime.clock()};
}

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

// How many of the first rows of a sequence the classifier reads.
int64_t classifier_rows(const VitDescription& vit) {
  int64_t rows = 1;
  for (const ClassifierHead& head : vit.classifier_heads) rows = std::max(rows, head.token_row + 1);
  return rows;
}

}  // namespace

class VisionTransformer::Impl {
 public:
  Impl(const VitDescription& description, const Weights& weights, ImageSize input)
      : vit(description),
        pixels_each(vit.channels * input.height * input.width),
        tokens(vit.tokens(input)),
        patch_embed(runtime, vit, weights, input),
        functions(make_functions(runtime, vit)),
        blocks(read_blocks(runtime, vit, weights, tokens)),
        norm(read_layer_norm(weights, "norm", vit.norm_eps)),
        heads(read_heads(runtime, vit, weights)) {}

  Impl(const Impl& twin)
      : vit(twin.vit),
        pixels_each(twin.pixels_each),
        tokens(twin.tokens),
        patch_embed(runtime, twin.patch_embed),
        functions(make_functions(runtime, vit)),
        norm(twin.norm) {
    for (const auto& block : twin.blocks) {
      blocks.push_back(std::make_unique<Block>(runtime, *block));
    }
    for (const Head& head : twin.heads) {
      heads.push_back({head.token_row, Linear(runtime, head.linear)});
    }
  }

  void forward(std::span<const float> pixels, int64_t batch, std::span<float> logits,
               Observer* observer, bool record) {
    Activations& a = activations_for(batch);
    TokenShape shape{batch, tokens, tokens};
    if (record) start_tape(shape, rows_needed(observer));
    const auto show = [&](Stage stage, int64_t layer, const float* values, int64_t count) {
      if (observer && observer->wants(stage, layer)) {
        observer->see(stage, layer, {values, static_cast<size_t>(count)});
      }
    };

    patch_embed(pixels.data(), batch, a.x.data());  // [B, T, D]
    runtime.clock().lap(LayerKind::patch_embed);
    show(Stage::embed, 0, a.x.data(), batch * tokens * vit.dim);

    for (int64_t i = 0; i < vit.depth; ++i) {
      if (i + 1 == vit.depth) shape.queries = rows_needed(observer);
      BlockTape* block_tape = record ? &tape->blocks[size_t(i)] : nullptr;
      const float* probs =
          blocks[size_t(i)]->forward(a, shape, functions, block_tape);  // [B, Q, D]
      show(Stage::attention, i, probs, batch * vit.heads * shape.queries * tokens);
      show(Stage::block, i, a.x.data(), batch * shape.queries * vit.dim);
    }
    if (record) std::copy_n(a.x.data(), batch * shape.queries * vit.dim, tape->last.data());

    norm(a.x.data(), batch * shape.queries, a.y.data());  // [B, Q, D]
    runtime.clock().lap(LayerKind::norm);
    show(Stage::norm, 0, a.y.data(), batch * shape.queries * vit.dim);

    for (Head& head : heads) {
      gather_row(a.y.data(), shape, head.token_row, a.mixed.data());  // [B, D]
      head.linear(a.mixed.data(), batch, logits.data());              // [B, classes]
    }
    runtime.clock().lap(LayerKind::head);
  }

  void backward(const BackwardPass& pass, std::span<const float> target) {
    prepare_backward();
    Gradients& g = *gradients;
    TokenShape shape{1, tokens, tape->shape.queries};
    const int64_t queries = shape.queries * vit.dim;

    std::fill_n(g.y.data(), queries, 0.0f);  // [Q, D]
    for (Head& head : heads) {
      head.linear.backward(target.data(), 1, g.y.data() + head.token_row * vit.dim,
                           /*accumulate=*/true);
    }
    std::fill_n(g.x.data(), queries, 0.0f);
    norm.backward(tape->last.data() + pass.image * queries, g.y.data(), shape.queries, g.x.data(),
                  pass.rule);

    const int64_t lowest = lowest_wanted(pass.observer);
    for (int64_t i = vit.depth - 1; i >= lowest; --i) {
      blocks[size_t(i)]->backward(tape->blocks[size_t(i)], pass, shape, functions, g, i,
                                  i == lowest);  // [T, D]
      shape.queries = tokens;
    }
  }

  void check(std::span<const float> pixels, int64_t batch, std::span<float> logits) const {
    const auto count = [batch](int64_t each) { return static_cast<size_t>(batch * each); };
    if (batch < 1 || pixels.size() != count(pixels_each) || logits.size() != count(vit.classes)) {
      throw std::invalid_argument("forward: pixels and logits must fit the batch and the model");
    }
  }

  std::vector<PrimitiveInfo> primitives() const {
    std::vector<PrimitiveInfo> list;
    patch_embed.list_primitives(list);
    functions.attention.list_primitives(list);
    functions.attention_backward.list_primitives(list);
    functions.activation.list_primitives(list);
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
    return classifier_rows(vit);
  }

  // The tape for a batch. What it has stays; the last block's part is new where Q changes.
  void start_tape(const TokenShape& shape, int64_t last_queries) {
    const TokenShape last{shape.batch, shape.tokens, last_queries};
    if (tape && tape->shape == last) return;
    std::vector<BlockTape> kept;
    if (tape && tape->shape.batch == last.batch) kept = std::move(tape->blocks);
    tape.reset();  // the old one goes first: there is never room for both
    if (!kept.empty()) kept.pop_back();
    kept.reserve(size_t(vit.depth));
    while (int64_t(kept.size()) + 1 < vit.depth) kept.emplace_back(vit, shape);
    kept.emplace_back(vit, last);
    tape.emplace(Tape{last, std::move(kept), Buffer(size_t(last.batch * last.queries * vit.dim))});
  }

  // Once: a second packing of every layer that gradients go through, blocks in parallel. A twin may
  // have brought it along.
  void prepare_backward() {
    if (gradients) return;
    parallel_for(vit.depth, [&](int64_t i) { blocks[size_t(i)]->prepare_backward(tokens); });
    for (Head& head : heads) head.linear.prepare_backward(1);
    gradients.emplace(vit, tokens);
  }

  int64_t lowest_wanted(const GradientObserver& observer) const {
    int64_t layer = 0;
    while (layer < vit.depth && !observer.wants(GradientStage::attention, layer) &&
           !observer.wants(GradientStage::norm1, layer)) {
      ++layer;
    }
    return layer;
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
  Functions functions;
  std::vector<std::unique_ptr<Block>> blocks;
  LayerNorm norm;
  std::vector<Head> heads;
  std::optional<Activations> activations;
  int64_t activations_batch = 0;
  std::optional<Tape> tape;
  std::optional<Gradients> gradients;
};

VisionTransformer::VisionTransformer(const VitDescription& vit, const Weights& weights,
                                     ImageSize input)
    : impl_(std::make_unique<Impl>(vit, weights, input)) {}
VisionTransformer::VisionTransformer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VisionTransformer::~VisionTransformer() = default;
VisionTransformer::VisionTransformer(VisionTransformer&&) noexcept = default;
VisionTransformer& VisionTransformer::operator=(VisionTransformer&&) noexcept = default;

VisionTransformer VisionTransformer::twin() const {
  return VisionTransformer(std::make_unique<Impl>(*impl_));
}

// Memory is taken when it is written, so this costs nothing but the addresses.
uint64_t VisionTransformer::activation_bytes(const VitDescription& vit, ImageSize input,
                                             int64_t batch) {
  return sizeof(float) * Activations(vit, batch, vit.tokens(input)).floats();
}

void VisionTransformer::forward(std::span<const float> pixels, int64_t batch,
                                std::span<float> logits, Observer* observer) {
  impl_->check(pixels, batch, logits);
  impl_->forward(pixels, batch, logits, observer, /*record=*/false);
}

LayerTimes VisionTransformer::profile(std::span<const float> pixels, int64_t batch,
                                      std::span<float> logits) {
  impl_->runtime.clock().start();
  forward(pixels, batch, logits);
  return impl_->runtime.clock().stop();
}

void VisionTransformer::record(std::span<const float> pixels, int64_t batch,
                               std::span<float> logits, Observer* observer) {
  impl_->check(pixels, batch, logits);
  impl_->forward(pixels, batch, logits, observer, /*record=*/true);
}

uint64_t VisionTransformer::recorded_bytes(const VitDescription& vit, ImageSize input) {
  const int64_t tokens = vit.tokens(input);
  const TokenShape all{1, tokens, tokens}, last{1, tokens, classifier_rows(vit)};
  const size_t floats = size_t(vit.depth - 1) * BlockTape::floats(vit, all) +
                        BlockTape::floats(vit, last) + size_t(last.queries * vit.dim);
  return floats * sizeof(float);
}

void VisionTransformer::backward(int64_t image, std::span<const float> target,
                                 GradientObserver& observer, GradientRule rule) {
  if (!impl_->tape || image < 0 || image >= impl_->tape->shape.batch ||
      target.size() != static_cast<size_t>(impl_->vit.classes)) {
    throw std::invalid_argument("backward: the image must be recorded and the target fit");
  }
  impl_->backward({image, rule, observer}, target);
}

void VisionTransformer::prepare_backward() { impl_->prepare_backward(); }

int64_t VisionTransformer::classes() const { return impl_->vit.classes; }

std::vector<PrimitiveInfo> VisionTransformer::primitives() const { return impl_->primitives(); }

}  // namespace saccade
