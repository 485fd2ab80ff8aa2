#include "model/layers/scaled_dot_product.h"

#include <cmath>
#include <utility>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/attention_products.h"
#include "model/layers/scaled_dot_product_backward.h"
#include "model/layers/softmax.h"

namespace saccade {

ScaledDotProduct::ScaledDotProduct(int64_t heads, int64_t head_dim, FloatType type,
                                   std::shared_ptr<const Buffer> bias)
    : heads_(heads), head_dim_(head_dim), type_(type), bias_(std::move(bias)) {}

// Divides by the sums of softmax last, where there are d columns instead of T.
void ScaledDotProduct::operator()(FloatView qkv, const TokenShape& shape,
                                  const AttentionOutput& output, FloatView context,
                                  Runtime& runtime) const {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = head_dim_;
  const HeadOffset offset{heads_, T, d};
  const RowChunks chunks = attention_chunks(heads_, shape, runtime.threads());
  const auto products = [&](int64_t chunk) {
    return &runtime.cached<AttentionProducts>({chunks.size(chunk), T, d, d, type_});
  };
  AttentionProducts* const larger = products(0);
  AttentionProducts* const smaller = products(chunks.count - 1);
  // A tile holds scores, what they mix, a factor a row, and their numerators.
  runtime.reserve_tile(size_t(chunks.size(0) * (2 * T + d + 1)) * sizeof(float));
  const auto scale = static_cast<float>(1 / std::sqrt(double(d)));
  const int64_t probs_stride = output.stride ? output.stride : heads_ * Q * T;

  parallel_tasks(runtime.threads(), B * heads_ * chunks.count, [&](int64_t task, int thread) {
    const int64_t chunk = task % chunks.count, head = task / chunks.count;  // of all images
    const int64_t image = head / heads_, h = head % heads_;
    const int64_t first = chunks.first(chunk), rows = chunks.size(chunk);
    AttentionProducts& run = chunk < chunks.larger() ? *larger : *smaller;
    const FloatView q = qkv.from(offset(HeadOffset::q, image, h) + first * d);  // [rows, d]
    const FloatView k = qkv.from(offset(HeadOffset::k, image, h));              // [T, d]
    const FloatView v = qkv.from(offset(HeadOffset::v, image, h));              // [T, d]
    auto* scores = static_cast<float*>(runtime.tile(thread));                   // [rows, T]
    float* out = scores + rows * T;                                             // [rows, d]
    float* factors = out + rows * d;                                            // [rows]
    const FloatView p =  // [rows, T], as the product takes them
        type_ == FloatType::f32 ? FloatView(scores) : FloatView(factors + rows, type_);

    run.scores(q.data(), k.data(), scores, thread);
    if (bias_) scale_and_add(scores, rows * T, scale, bias_->data() + (h * T + first) * T);
    softmax_numerators(scores, rows, T, bias_ ? 1 : scale, output.probs ? scores : p, factors);
    if (output.probs) {
      float* kept = output.probs + image * probs_stride + (h * Q + first) * T;
      scale_rows(scores, rows, T, factors, kept, T);
      if (type_ != FloatType::f32) copy_rows(scores, 1, rows * T, p, 0);
    }
    run.mix(p.data(), v.data(), out, thread);
    scale_rows(out, rows, d, factors, context.from((image * Q + first) * heads_ * d + h * d),
               heads_ * d);
  });
}

void ScaledDotProduct::backward(const RecordedAttention& recorded, const TokenShape& shape,
                                const AttentionGradients& gradients, Runtime& runtime) const {
  ScaledDotProductBackward(heads_, head_dim_, type_)
      .to_qk(recorded.qkv, recorded.probs, shape, gradients, runtime);
}

}  // namespace saccade
