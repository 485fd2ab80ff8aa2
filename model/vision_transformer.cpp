#include "model/vision_transformer.h"

#include <fmt/format.h>
#include <omp.h>

#include <algorithm>
#include <dnnl.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "model/blocks/block.h"
#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/kernels/runtime.h"
#include "model/layers/activations.h"
#include "model/layers/classifier_heads.h"
#include "model/layers/parameters.h"
#include "model/layers/patch_embed.h"
#include "model/layers/pooling.h"
#include "model/layers/position_bias.h"
#include "model/layers/self_attention.h"

namespace saccade {
namespace {

SharedOps make_functions(Runtime& runtime, const VitDescription& vit, FloatType type) {
  SharedOps functions{ScaledDotProduct(runtime, vit.heads, vit.head_dim(), type),
                      ScaledDotProductBackward(runtime, vit.heads, vit.head_dim(), type),
                      {},
                      Eltwise(runtime, vit.activation),
                      runtime.clock()};
  if (vit.differential) functions.differential.emplace(runtime, vit.heads, vit.head_dim(), type);
  return functions;
}

// Blocks are independent, so each thread reads, converts and packs its own share of them.
std::vector<std::unique_ptr<Block>> read_blocks(Runtime& runtime, const VitDescription& vit,
                                                const Weights& weights, const BlockPlan& plan) {
  std::vector<std::unique_ptr<Block>> blocks(static_cast<size_t>(vit.depth));
  parallel_for(vit.depth, [&](int64_t i) {
    BlockPlan own = plan;
    if (vit.rope && vit.rope->learned) {
      own.rope = std::make_shared<const Rope>(vit, weights, i, plan.input);
    }
    blocks[size_t(i)] = make_block(runtime, vit, weights, i, own);
  });
  return blocks;
}

std::optional<LayerNorm> read_norm(bool there, const char* name, const VitDescription& vit,
                                   const Weights& weights) {
  if (!there) return std::nullopt;
  return read_norm(weights, name, vit);
}

}  // namespace

class VisionTransformer::Impl {
 public:
  Impl(const VitDescription& description, const Weights& weights, ImageSize input_size,
       Precision precision_, Packing packing)
      : vit(description),
        input(input_size),
        precision(precision_),
        tokens(vit.tokens(input)),
        patch_embed(runtime, vit, weights, input),
        functions(make_functions(runtime, vit, float_type(precision))),
        blocks(read_blocks(
            runtime, vit, weights,
            {input,
             {tokens, precision, packing},
             read_shared_position_bias(vit, weights, input),
             vit.rope && !vit.rope->learned ? std::make_shared<const Rope>(vit, input) : nullptr})),
        norm_pre(read_norm(vit.norm_pre, "norm_pre", vit, weights)),
        norm(read_norm(vit.norm, "norm", vit, weights)),
        classifier(runtime, vit, weights, beside_int8(precision)) {}

  Impl(const Impl& twin)
      : vit(twin.vit),
        input(twin.input),
        precision(twin.precision),
        tokens(twin.tokens),
        patch_embed(runtime, twin.patch_embed),
        functions(make_functions(runtime, vit, float_type(precision))),
        norm_pre(twin.norm_pre),
        norm(twin.norm),
        classifier(runtime, twin.classifier) {
    for (const auto& block : twin.blocks) {
      blocks.push_back(block->twin(runtime));
    }
  }

  void forward(std::span<const float> pixels, int64_t batch, std::span<float> logits,
               Observer* observer, bool record) {
    Activations& a = activations_for(batch);
    TokenShape shape{batch, tokens, tokens};
    if (record) start_tape(shape, rows_needed(observer));
    const auto wanted = [&](Stage stage, int64_t layer) {
      return observer && observer->wants(stage, layer);
    };
    const auto show = [&](Stage stage, int64_t layer, FloatView values, int64_t count) {
      if (!wanted(stage, layer)) return;
      const float* shown = as_type(values, count, a.shown.data()).f32();
      observer->see(stage, layer, {shown, static_cast<size_t>(count)});
    };

    patch_embed(pixels.data(), batch, a.x.data());  // [B, T, D]
    runtime.clock().lap(LayerKind::patch_embed);
    if (norm_pre) {
      norm_pre->in_place(a.x.data(), batch * tokens);
      runtime.clock().lap(LayerKind::norm);
    }
    show(Stage::embed, 0, a.x.data(), batch * tokens * vit.dim);

    for (int64_t i = 0; i < vit.depth; ++i) {
      if (i + 1 == vit.depth) shape.queries = rows_needed(observer);
      BlockTape* block_tape = record ? &tape->blocks[size_t(i)] : nullptr;
      blocks[size_t(i)]->forward(a, shape, functions, wanted(Stage::attention, i),
                                 block_tape);  // [B, Q, D]
      show(Stage::attention, i, block_tape ? block_tape->probs.data() : a.probs.data(),
           batch * vit.maps() * shape.queries * tokens);
      show(Stage::block, i, a.x.data(), batch * shape.queries * vit.dim);
    }
    if (record) std::copy_n(a.x.data(), batch * shape.queries * vit.dim, tape->last.data());

    if (norm) (*norm)(a.x.data(), batch * shape.queries, FloatView(a.y));  // [B, Q, D]
    const FloatView y = norm ? FloatView(a.y) : FloatView(a.x.data());
    runtime.clock().lap(LayerKind::norm);
    show(Stage::norm, 0, y, batch * shape.queries * vit.dim);

    classifier(y, shape, a.context, logits.data());  // [B, classes]
    runtime.clock().lap(LayerKind::head);
  }

  void backward(const BackwardPass& pass, std::span<const float> target) {
    prepare_backward();
    Gradients& g = *gradients;
    TokenShape shape{1, tokens, tape->shape.queries};
    const int64_t queries = shape.queries * vit.dim;
    const float* last = tape->last.data() + pass.image * queries;  // [Q, D]

    std::fill_n(g.x.data(), queries, 0.0f);
    if (norm) {
      (*norm)(last, shape.queries, FloatView(g.qkv_or_hidden.data()));
      std::fill_n(g.y.data(), queries, 0.0f);
      classifier.backward(target, g.qkv_or_hidden.data(), shape, pass.rule, g.y.data());  // [Q, D]
      norm->backward(last, g.y.data(), shape.queries, g.x.data(), pass.rule);
    } else {
      classifier.backward(target, last, shape, pass.rule, g.x.data());  // [Q, D]
    }

    const int64_t lowest = lowest_wanted(pass.observer);
    for (int64_t i = vit.depth - 1; i >= lowest; --i) {
      blocks[size_t(i)]->backward(tape->blocks[size_t(i)], pass, shape, functions, g, i,
                                  i == lowest);  // [T, D]
      shape.queries = tokens;
    }
  }

  void check(std::span<const float> pixels, int64_t batch, std::span<float> logits) const {
    const auto count = [batch](int64_t each) { return static_cast<size_t>(batch * each); };
    const int64_t pixels_each = vit.channels * input.height * input.width;
    if (batch < 1 || pixels.size() != count(pixels_each) || logits.size() != count(vit.classes)) {
      throw std::invalid_argument("forward: pixels and logits must fit the batch and the model");
    }
  }

  std::vector<PrimitiveInfo> primitives() const {
    std::vector<PrimitiveInfo> list;
    patch_embed.list_primitives(list);
    functions.attention.list_primitives(list);
    functions.attention_backward.list_primitives(list);
    if (functions.differential) functions.differential->list_primitives(list);
    functions.activation.list_primitives(list);
    for (const auto& block : blocks) block->list_primitives(list);
    classifier.list_primitives(list);
    return list;
  }

  Int8Coverage int8_coverage() const {
    Int8Coverage coverage;
    const ImageSize grid = vit.grid(input);
    const auto patch_weights = double(vit.channels * vit.patch * vit.patch * vit.dim);
    double outside =
        double(grid.height * grid.width) * patch_weights +
        double(int64_t(vit.classifier_heads.size()) * vit.classifier_dim() * vit.classes);
    double all = outside;
    for (const auto& block : blocks) {
      for (const Linear* linear : block->linears()) {
        const double products = double(tokens) * double(linear->weight_count());
        all += products;
        if (linear->precision() == Precision::int8) continue;
        outside += products;
        coverage.kept_out.push_back(linear->name());
      }
    }
    coverage.share_kept_out = outside / all;
    return coverage;
  }

  // After the last attention only the rows that the classifier reads matter, unless somebody looks.
  int64_t rows_needed(const Observer* observer) const {
    const int64_t last = vit.depth - 1;
    if (observer && (observer->wants(Stage::attention, last) ||
                     observer->wants(Stage::block, last) || observer->wants(Stage::norm, 0))) {
      return tokens;
    }
    return Pool::rows_read(vit, tokens);
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
    while (int64_t(kept.size()) + 1 < vit.depth)
      kept.emplace_back(vit, shape, float_type(precision));
    kept.emplace_back(vit, last, float_type(precision));
    tape.emplace(Tape{last, std::move(kept), Buffer(size_t(last.batch * last.queries * vit.dim))});
  }

  // Once: a second packing of every layer that gradients go through, blocks in parallel. A twin may
  // have brought it along.
  void prepare_backward() {
    if (gradients) return;
    if (precision == Precision::int8) throw std::logic_error("int8 has no gradients");
    parallel_for(vit.depth, [&](int64_t i) { blocks[size_t(i)]->prepare_backward(tokens); });
    classifier.prepare_backward();
    gradients.emplace(vit, tokens, float_type(precision));
  }

  int64_t lowest_wanted(const GradientObserver& observer) const {
    int64_t layer = 0;
    while (layer < vit.depth && !observer.wants(GradientStage::attention, layer) &&
           !observer.wants(GradientStage::norm1, layer)) {
      ++layer;
    }
    return layer;
  }

  Activations& activations_for(int64_t batch) {
    if (!activations || batch > activations_batch) {
      activations.reset();  // the old ones go first: there is never room for both
      activations.emplace(vit, batch, tokens, precision);
      activations_batch = batch;
    }
    return *activations;
  }

  VitDescription vit;
  ImageSize input;
  Precision precision;
  int64_t tokens;  // T
  Runtime runtime;
  PatchEmbed patch_embed;
  SharedOps functions;
  std::vector<std::unique_ptr<Block>> blocks;
  std::optional<LayerNorm> norm_pre, norm;
  ClassifierHeads classifier;
  std::optional<Activations> activations;
  int64_t activations_batch = 0;
  std::optional<Tape> tape;
  std::optional<Gradients> gradients;
};

VisionTransformer::VisionTransformer(const VitDescription& vit, const Weights& weights,
                                     ImageSize input, Precision precision, Packing packing)
    : impl_(std::make_unique<Impl>(vit, weights, input, precision, packing)) {}
VisionTransformer::VisionTransformer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VisionTransformer::~VisionTransformer() = default;
VisionTransformer::VisionTransformer(VisionTransformer&&) noexcept = default;
VisionTransformer& VisionTransformer::operator=(VisionTransformer&&) noexcept = default;

VisionTransformer VisionTransformer::twin() const {
  return VisionTransformer(std::make_unique<Impl>(*impl_));
}

// Memory is taken when it is written, so this costs nothing but the addresses.
uint64_t VisionTransformer::activation_bytes(const VitDescription& vit, ImageSize input,
                                             int64_t batch, Precision precision) {
  return Activations(vit, batch, vit.tokens(input), precision).bytes();
}

uint64_t VisionTransformer::position_bias_bytes(const VitDescription& vit, ImageSize input) {
  const int64_t of_blocks = vit.position_bias ? vit.depth : 0;
  return uint64_t(of_blocks + int64_t{vit.shared_position_bias}) * attention_bytes(vit, input, 1);
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
  if (impl_->precision == Precision::int8) {
    throw std::logic_error("int8 has no gradients");
  }
  impl_->forward(pixels, batch, logits, observer, /*record=*/true);
}

uint64_t VisionTransformer::recorded_bytes(const VitDescription& vit, ImageSize input,
                                           Precision precision) {
  const int64_t tokens = vit.tokens(input);
  const FloatType type = float_type(precision);
  const TokenShape all{1, tokens, tokens}, last{1, tokens, Pool::rows_read(vit, tokens)};
  return uint64_t(vit.depth - 1) * BlockTape(vit, all, type).bytes() +
         BlockTape(vit, last, type).bytes() + size_t(last.queries * vit.dim) * sizeof(float);
}

uint64_t VisionTransformer::attention_bytes(const VitDescription& vit, ImageSize input,
                                            int64_t batch) {
  const auto tokens = uint64_t(vit.tokens(input));
  return uint64_t(batch * vit.maps()) * tokens * tokens * sizeof(float);
}

uint64_t VisionTransformer::gradient_bytes(const VitDescription& vit, ImageSize input,
                                           Precision precision) {
  return Gradients(vit, vit.tokens(input), float_type(precision)).bytes();
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

Precision VisionTransformer::precision() const { return impl_->precision; }

int64_t VisionTransformer::classes() const { return impl_->vit.classes; }

Int8Coverage VisionTransformer::int8_coverage() const { return impl_->int8_coverage(); }

std::vector<PrimitiveInfo> VisionTransformer::primitives() const { return impl_->primitives(); }

void set_compute_threads(int threads) { omp_set_num_threads(threads); }

int compute_threads() { return omp_get_max_threads(); }

std::string onednn_version() {
  const dnnl_version_t* version = dnnl_version();
  return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

}  // namespace saccade
