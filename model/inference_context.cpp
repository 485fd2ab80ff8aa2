#include "model/inference_context.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "model/blocks/block.h"
#include "model/kernels/runtime.h"
#include "model/layers/activation_backward.h"
#include "model/layers/attention_products.h"
#include "model/layers/pass.h"
#include "model/layers/pooling.h"
#include "model/layers/scaled_dot_product_backward.h"
#include "weights/base/headroom.h"

namespace saccade {
namespace {

/// Values of the residual stream of a micro-batch: 8 images of ViT-B/16 at 224 x 224
/// (tests/bench/RESULTS.md).
constexpr int64_t kMicroBatchValues = 8 * 197 * 768;

int64_t lowest_wanted(const GradientObserver& observer, int64_t depth) {
  int64_t layer = 0;
  while (layer < depth && !observer.wants(GradientStage::attention, layer) &&
         !observer.wants(GradientStage::norm1, layer)) {
    ++layer;
  }
  return layer;
}

// Untouched memory has no pages, so making the buffers to ask them costs only addresses.
uint64_t bytes_of_activations(const VitDescription& vit, ImageSize input, int64_t batch,
                              Precision precision) {
  return Activations(activation_widths(vit), batch, vit.tokens.count(input), precision).bytes();
}

}  // namespace

class InferenceContext::Impl {
 public:
  explicit Impl(std::shared_ptr<const VisionTransformer> model_) : model(std::move(model_)) {}

  void forward(std::span<const float> pixels, int64_t batch, std::span<float> logits,
               Observer* observer, bool recorded) {
    check(pixels, batch, logits);
    if (observer || recorded) {
      return forward_whole(pixels.data(), batch, logits.data(), observer, recorded);
    }
    const int64_t most = micro_batch(vit(), model->input_size());
    const int64_t parts = (batch + most - 1) / most;
    for (int64_t part = 0; part < parts; ++part) {
      const int64_t first = batch * part / parts, end = batch * (part + 1) / parts;
      forward_whole(pixels.data() + first * image_floats(), end - first,
                    logits.data() + first * model->classes(), nullptr, /*recorded=*/false);
    }
  }

  void backward(int64_t image, std::span<const float> target, GradientObserver& observer,
                GradientRule rule) {
    if (!model->has_gradients()) {
      throw std::logic_error("backward: the model was made without gradients");
    }
    if (!tape || image < 0 || image >= tape->shape.batch ||
        target.size() != size_t(model->classes())) {
      throw std::invalid_argument("backward: the image must be recorded and the target fit");
    }
    require_headroom();
    if (!gradients) {
      gradients.emplace(gradient_widths(vit()), tokens(), float_type(model->precision()));
    }
    BackwardPass pass{runtime, *gradients, *tape, image, rule, observer, {1, tokens(), tokens()}};
    pass.last_layer = lowest_wanted(observer, vit().depth);
    model->backward(target, pass);
  }

  std::shared_ptr<const VisionTransformer> model;
  mutable Runtime runtime;

 private:
  void forward_whole(const float* pixels, int64_t batch, float* logits, Observer* observer,
                     bool recorded) {
    require_headroom();  // oneDNN allocates a little when it runs
    const int64_t last_queries = model->last_queries(observer);
    Activations& own = activations_for(batch);
    if (recorded) start_tape({batch, tokens(), last_queries});
    const Pass pass{
        runtime, own, {batch, tokens(), tokens()}, observer, recorded ? &*tape : nullptr};
    model->forward(pixels, last_queries, logits, pass);
  }

  const VitDescription& vit() const { return model->description(); }
  int64_t tokens() const { return vit().tokens.count(model->input_size()); }

  int64_t image_floats() const {
    const ImageSize input = model->input_size();
    return vit().tokens.channels * input.height * input.width;
  }

  void check(std::span<const float> pixels, int64_t batch, std::span<float> logits) const {
    const auto count = [batch](int64_t each) { return static_cast<size_t>(batch * each); };
    if (batch < 1 || pixels.size() != count(image_floats()) ||
        logits.size() != count(model->classes())) {
      throw std::invalid_argument("forward: pixels and logits must fit the batch and the model");
    }
  }

  Activations& activations_for(int64_t batch) {
    if (!activations || batch > activations_batch) {
      activations.reset();  // frees the old memory first: there may not be enough for both
      activations.emplace(activation_widths(vit()), batch, tokens(), model->precision());
      activations_batch = batch;
    }
    return *activations;
  }

  // Makes a tape for a pass whose last block has the shape `last`. Keeps what fits of the old one:
  // where only Q has changed, all but the last block.
  void start_tape(const TokenShape& last) {
    if (tape && tape->shape == last) return;
    std::vector<BlockTape> kept;
    if (tape && tape->shape.batch == last.batch) kept = std::move(tape->blocks);
    tape.reset();  // frees the old memory first: there may not be enough for both
    if (!kept.empty()) kept.pop_back();
    kept.reserve(size_t(vit().depth));
    const BlockTapeWidths width = tape_widths(vit());
    const FloatType type = float_type(model->precision());
    const TokenShape whole{last.batch, last.tokens, last.tokens};
    while (int64_t(kept.size()) + 1 < vit().depth) kept.emplace_back(width, whole, type);
    kept.emplace_back(width, last, type);
    tape.emplace(Tape{last, std::move(kept), Buffer(size_t(last.query_rows() * vit().dim))});
  }

  std::optional<Activations> activations;
  int64_t activations_batch = 0;
  std::optional<Tape> tape;
  std::optional<Gradients> gradients;
};

InferenceContext::InferenceContext(std::shared_ptr<const VisionTransformer> model)
    : impl_(std::make_unique<Impl>(std::move(model))) {}
InferenceContext::InferenceContext(const VitDescription& vit, const Weights& weights,
                                   ImageSize input, const ModelOptions& options)
    : InferenceContext(std::make_shared<const VisionTransformer>(vit, weights, input, options)) {}
InferenceContext::~InferenceContext() = default;
InferenceContext::InferenceContext(InferenceContext&&) noexcept = default;
InferenceContext& InferenceContext::operator=(InferenceContext&&) noexcept = default;

const std::shared_ptr<const VisionTransformer>& InferenceContext::model() const {
  return impl_->model;
}

void InferenceContext::forward(std::span<const float> pixels, int64_t batch,
                               std::span<float> logits, Observer* observer) {
  impl_->forward(pixels, batch, logits, observer, /*recorded=*/false);
}

LayerTimes InferenceContext::profile(std::span<const float> pixels, int64_t batch,
                                     std::span<float> logits) {
  impl_->runtime.clock().start();
  forward(pixels, batch, logits);
  return impl_->runtime.clock().stop();
}

void InferenceContext::record(std::span<const float> pixels, int64_t batch, std::span<float> logits,
                              Observer* observer) {
  if (impl_->model->precision() == Precision::int8) {
    throw std::logic_error("int8 has no gradients");
  }
  impl_->forward(pixels, batch, logits, observer, /*recorded=*/true);
}

void InferenceContext::backward(int64_t image, std::span<const float> target,
                                GradientObserver& observer, GradientRule rule) {
  impl_->backward(image, target, observer, rule);
}

std::vector<PrimitiveInfo> InferenceContext::primitives() const {
  std::vector<PrimitiveInfo> list;
  list_attention_products(impl_->runtime, list);
  list_attention_gradient_products(impl_->runtime, list);
  list_activation_primitives(impl_->runtime, list);
  impl_->model->list_primitives(impl_->runtime, list);
  return list;
}

int64_t InferenceContext::micro_batch(const VitDescription& vit, ImageSize input) {
  return std::max<int64_t>(1, kMicroBatchValues / (vit.tokens.count(input) * vit.dim));
}

uint64_t InferenceContext::activation_bytes(const VitDescription& vit, ImageSize input,
                                            int64_t batch, Precision precision) {
  return bytes_of_activations(vit, input, std::min(batch, micro_batch(vit, input)), precision);
}

uint64_t InferenceContext::attention_bytes(const VitDescription& vit, ImageSize input,
                                           int64_t batch, Precision precision) {
  const auto tokens = uint64_t(vit.tokens.count(input));
  return uint64_t(batch * vit.maps()) * tokens * tokens * sizeof(float) +
         bytes_of_activations(vit, input, batch, precision) -
         activation_bytes(vit, input, batch, precision);
}

uint64_t InferenceContext::recorded_bytes(const VitDescription& vit, ImageSize input,
                                          Precision precision) {
  const int64_t tokens = vit.tokens.count(input);
  const FloatType type = float_type(precision);
  const BlockTapeWidths width = tape_widths(vit);
  const TokenShape all{1, tokens, tokens}, last{1, tokens, Pool::rows_read(vit, tokens)};
  return uint64_t(vit.depth - 1) * BlockTape(width, all, type).bytes() +
         BlockTape(width, last, type).bytes() + size_t(last.queries * vit.dim) * sizeof(float);
}

uint64_t InferenceContext::gradient_bytes(const VitDescription& vit, ImageSize input,
                                          Precision precision) {
  return Gradients(gradient_widths(vit), vit.tokens.count(input), float_type(precision)).bytes();
}

}  // namespace saccade
