#include "model/layers/self_attention.h"

#include <cmath>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/softmax.h"

namespace saccade {

ScaledDotProduct::ScaledDotProduct(Runtime& runtime, int64_t heads, int64_t head_dim,
                                   FloatType type)
    : runtime_(&runtime),
      heads_(heads),
      head_dim_(head_dim),
      type_(type),
      products_(runtime, head_dim, head_dim, type) {}

void ScaledDotProduct::operator()(FloatView qkv, const TokenShape& shape, AttentionOutput probs,
                                  FloatView mixed, const float* bias) {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = head_dim_;
  const HeadOffset place{heads_, T, d};
  const RowChunks chunks = products_.chunks(heads_, shape);
  const auto& larger = products_.of(chunks.size(0), T);
  const auto& smaller = products_.of(chunks.size(chunks.count - 1), T);
  // A tile holds scores, what they mix, a factor a row, and their numerators.
  runtime_->reserve_tile(size_t(chunks.size(0) * (2 * T + d + 1)) * sizeof(float));
  const auto scale = static_cast<float>(1 / std::sqrt(double(d)));
  const int64_t probs_stride = probs.stride ? probs.stride : heads_ * Q * T;

  parallel_tasks(runtime_->threads(), B * heads_ * chunks.count, [&](int64_t task, int thread) {
    const int64_t chunk = task % chunks.count, head = task / chunks.count;  // of all images
    const int64_t image = head / heads_, h = head % heads_;
    const int64_t first = chunks.first(chunk), rows = chunks.size(chunk);
    const auto& run = chunk < chunks.larger() ? larger : smaller;
    const FloatView q = qkv.from(place(HeadOffset::q, image, h) + first * d);  // [rows, d]
    const FloatView k = qkv.from(place(HeadOffset::k, image, h));              // [T, d]
    const FloatView v = qkv.from(place(HeadOffset::v, image, h));              // [T, d]
    auto* scores = static_cast<float*>(runtime_->tile(thread));                // [rows, T]
    float* out = scores + rows * T;                                            // [rows, d]
    float* factors = out + rows * d;                                           // [rows]
    const FloatView p =  // [rows, T], as the product takes them
        type_ == FloatType::f32 ? FloatView(scores) : FloatView(factors + rows, type_);

    (*run.scores)(q.data(), k.data(), scores, thread);
    if (bias) scale_and_add(scores, rows * T, scale, bias + (h * T + first) * T);
    softmax_numerators(scores, rows, T, bias ? 1 : scale, probs.first ? scores : p, factors);
    if (probs.first) {
      float* kept = probs.first + image * probs_stride + (h * Q + first) * T;
      scale_rows(scores, rows, T, factors, kept, T);
      if (type_ != FloatType::f32) copy_rows(scores, 1, rows * T, p, 0);
    }
    (*run.mix)(p.data(), v.data(), out, thread);
    scale_rows(out, rows, d, factors, mixed.from((image * Q + first) * heads_ * d + h * d),
               heads_ * d);
  });
}

}  // namespace saccade
