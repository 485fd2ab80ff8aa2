#include "model/vision_transformer.h"

#include <algorithm>
#include <stdexcept>

#include "model/blocks/block.h"
#include "model/kernels/parallel.h"
#include "model/kernels/runtime.h"
#include "model/layers/classifier_heads.h"
#include "model/layers/layer_norm.h"
#include "model/layers/parameters.h"
#include "model/layers/pass.h"
#include "model/layers/patch_embed.h"
#include "model/layers/pooling.h"
#include "model/layers/position_bias.h"
#include "model/layers/rope.h"

namespace saccade {
namespace {

std::unique_ptr<LayerNorm> read_norm_if(bool present, const char* name, const VitDescription& vit,
                                        const Weights& weights) {
  return present ? std::make_unique<LayerNorm>(read_norm(weights, name, vit)) : nullptr;
}

}  // namespace

VisionTransformer::VisionTransformer(const VitDescription& vit, const Weights& weights,
                                     ImageSize input, const ModelOptions& options)
    : vit_(vit), input_(input), options_(options) {
  Runtime runtime;  // for packing; each context has its own
  patch_embed_ = std::make_unique<PatchEmbed>(runtime, vit_, weights, input_);
  norm_pre_ = read_norm_if(vit_.norms.before_blocks, "norm_pre", vit_, weights);
  read_blocks(runtime, weights);
  norm_ = read_norm_if(vit_.norms.after_blocks, "norm", vit_, weights);
  classifier_ =
      std::make_unique<ClassifierHeads>(runtime, vit_, weights, beside_int8(options_.precision));
  if (options_.gradients) prepare_backward(runtime);
}

VisionTransformer::~VisionTransformer() = default;

// Blocks are independent, so each thread reads, converts and packs its own share of them.
void VisionTransformer::read_blocks(Runtime& runtime, const Weights& weights) {
  BlockPlan plan{input_,
                 {vit_.tokens.count(input_), options_.precision, options_.packing},
                 read_shared_position_bias(vit_, weights, input_),
                 nullptr};
  const bool learned_rope = vit_.attention.rope && vit_.attention.rope->learned;
  if (vit_.attention.rope && !learned_rope) plan.rope = std::make_shared<const Rope>(vit_, input_);
  blocks_.resize(size_t(vit_.depth));
  parallel_for(vit_.depth, [&](int64_t i) {
    BlockPlan own = plan;
    if (learned_rope) own.rope = std::make_shared<const Rope>(vit_, weights, i, input_);
    blocks_[size_t(i)] = make_block(runtime, vit_, weights, i, own);
  });
}

void VisionTransformer::prepare_backward(Runtime& runtime) {
  if (options_.precision == Precision::int8) throw std::logic_error("int8 has no gradients");
  const int64_t tokens = vit_.tokens.count(input_);
  parallel_for(vit_.depth,
               [&](int64_t i) { blocks_[size_t(i)]->prepare_backward(tokens, runtime); });
  classifier_->prepare_backward(runtime);
}

void VisionTransformer::forward(const float* pixels, int64_t last_queries, float* logits,
                                const Pass& pass) const {
  const TokenShape all = pass.shape, last{all.batch, all.tokens, last_queries};
  float* x = pass.activations.x.data();
  {
    const auto timer = pass.time(LayerKind::patch_embed);
    (*patch_embed_)(pixels, all.batch, x, pass.runtime);  // [B, T, D]
  }
  if (norm_pre_) {
    const auto timer = pass.time(LayerKind::norm);
    norm_pre_->in_place(x, all.rows());  // [B, T, D]
  }
  pass.observe(Stage::embed, x, all.rows() * vit_.dim);

  for (int64_t i = 0; i < vit_.depth; ++i) {
    const bool is_last = i + 1 == vit_.depth;
    blocks_[size_t(i)]->forward(
        x, pass.in_block(i, is_last ? last_queries : all.tokens));  // [B, T, D], at last [B, Q, D]
  }
  if (pass.tape) std::copy_n(x, last.query_rows() * vit_.dim, pass.tape->last.data());

  FloatView y = x;
  {
    const auto timer = pass.time(LayerKind::norm);
    if (norm_) (*norm_)(x, last.query_rows(), y = pass.activations.y);  // [B, Q, D]
  }
  pass.observe(Stage::norm, y, last.query_rows() * vit_.dim);

  const auto timer = pass.time(LayerKind::head);
  (*classifier_)(y, last, logits, pass.runtime);  // [B, classes]
}

void VisionTransformer::backward(std::span<const float> target, const BackwardPass& pass) const {
  Gradients& g = pass.gradients;
  const TokenShape last{1, pass.shape.tokens, pass.tape.shape.queries};
  const int64_t count = last.queries * vit_.dim;
  const float* x = pass.recorded(pass.tape.last, count);  // [Q, D]

  std::fill_n(g.x.data(), count, 0.0f);
  if (norm_) {
    (*norm_)(x, last.queries, FloatView(g.wide.data()));  // [Q, D]
    std::fill_n(g.y.data(), count, 0.0f);
    classifier_->backward(target, g.wide.data(), last, pass.rule, g.y.data(),
                          pass.runtime);                                  // g.y [Q, D]
    norm_->backward(x, g.y.data(), last.queries, g.x.data(), pass.rule);  // g.x [Q, D]
  } else {
    classifier_->backward(target, x, last, pass.rule, g.x.data(), pass.runtime);  // g.x [Q, D]
  }

  for (int64_t i = vit_.depth - 1; i >= pass.last_layer; --i) {
    const bool is_last = i + 1 == vit_.depth;
    blocks_[size_t(i)]->backward(
        pass.in_block(i, is_last ? last.queries : last.tokens));  // g.x [T, D]
  }
}

int64_t VisionTransformer::last_queries(const Observer* observer) const {
  const int64_t tokens = vit_.tokens.count(input_), last = vit_.depth - 1;
  if (observer && (observer->wants(Stage::attention, last) || observer->wants(Stage::block, last) ||
                   observer->wants(Stage::norm, 0))) {
    return tokens;
  }
  return Pool::rows_read(vit_, tokens);
}

void VisionTransformer::list_primitives(Runtime& runtime, std::vector<PrimitiveInfo>& list) const {
  patch_embed_->list_primitives(runtime, list);
  for (const auto& block : blocks_) {
    for (const Linear* linear : block->linears()) linear->list_primitives(runtime, list);
  }
  classifier_->list_primitives(runtime, list);
}

Int8Coverage VisionTransformer::int8_coverage() const {
  Int8Coverage coverage;
  const ImageSize grid = vit_.tokens.grid(input_);
  const auto patch_weights =
      double(vit_.tokens.channels * vit_.tokens.patch * vit_.tokens.patch * vit_.dim);
  double outside =
      double(grid.height * grid.width) * patch_weights +
      double(int64_t(vit_.head.classifiers.size()) * vit_.classifier_dim() * vit_.head.classes);
  double all = outside;
  for (const auto& block : blocks_) {
    for (const Linear* linear : block->linears()) {
      const double products = double(vit_.tokens.count(input_)) * double(linear->weight_count());
      all += products;
      if (linear->precision() == Precision::int8) continue;
      outside += products;
      coverage.kept_out.push_back(linear->name());
    }
  }
  coverage.share_kept_out = outside / all;
  return coverage;
}

uint64_t VisionTransformer::position_bias_bytes(const VitDescription& vit, ImageSize input) {
  const int64_t biases = (vit.positions.bias ? vit.depth : 0) + int64_t{vit.positions.shared_bias};
  const auto tokens = uint64_t(vit.tokens.count(input));
  return uint64_t(biases * vit.maps()) * tokens * tokens * sizeof(float);
}

}  // namespace saccade
