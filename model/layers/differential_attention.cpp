#include "model/layers/differential_attention.h"

#include <cmath>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/softmax.h"

namespace saccade {
namespace {

// a [rows, T] = factor_a a - λ factor_b b, row by row.
void subtract(float* a, const float* factors_a, const float* b, const float* factors_b,
              float lambda, int64_t rows, int64_t T) {
  for (int64_t row = 0; row < rows; ++row) {
    float* to = a + row * T;
    const float* other = b + row * T;
    const float keep = factors_a[row], take = lambda * factors_b[row];
#pragma omp simd
    for (int64_t t = 0; t < T; ++t) to[t] = keep * to[t] - take * other[t];
  }
}

}  // namespace

DifferentialAttention::DifferentialAttention(Runtime& runtime, int64_t heads, int64_t head_dim,
                                             FloatType type)
    : runtime_(&runtime),
      heads_(heads),
      head_dim_(head_dim),
      type_(type),
      products_(runtime, head_dim / 2, head_dim, type),
      halves_backward_(runtime, 2 * heads, head_dim / 2, type) {}

void DifferentialAttention::operator()(FloatView qkv, const TokenShape& shape, float lambda,
                                       AttentionOutput probs, float* halves, FloatView mixed) {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = head_dim_;
  const HeadOffset place{heads_, T, d}, half_place{2 * heads_, T, d / 2};
  const RowChunks chunks = products_.chunks(heads_, shape);
  const auto& larger = products_.of(chunks.size(0), T);
  const auto& smaller = products_.of(chunks.size(chunks.count - 1), T);
  // A tile holds two halves' scores and a factor a row of each, what they mix, and their difference
  // as the product takes it.
  runtime_->reserve_tile(size_t(chunks.size(0) * (3 * T + d + 2)) * sizeof(float));
  const auto scale = static_cast<float>(1 / std::sqrt(double(d / 2)));
  const int64_t stride = probs.stride ? probs.stride : heads_ * Q * T;

  parallel_tasks(runtime_->threads(), B * heads_ * chunks.count, [&](int64_t task, int thread) {
    const int64_t chunk = task % chunks.count, head = task / chunks.count;  // of all images
    const int64_t image = head / heads_, h = head % heads_;
    const int64_t first = chunks.first(chunk), rows = chunks.size(chunk);
    const auto& run = chunk < chunks.larger() ? larger : smaller;
    auto* scores = static_cast<float*>(runtime_->tile(thread));  // [2, rows, T]
    float* factors = scores + 2 * rows * T;                      // [2, rows]
    float* out = factors + 2 * rows;                             // [rows, d]
    for (int64_t half = 0; half < 2; ++half) {
      const int64_t one = 2 * h + half;
      const FloatView q = qkv.from(half_place(HeadOffset::q, image, one) + first * (d / 2));
      const FloatView k = qkv.from(half_place(HeadOffset::k, image, one));
      float* of_half = scores + half * rows * T;
      (*run.scores)(q.data(), k.data(), of_half, thread);
      softmax_numerators(of_half, rows, T, scale, of_half, factors + half * rows);
      if (halves) {
        scale_rows(of_half, rows, T, factors + half * rows,
                   halves + ((image * 2 * heads_ + one) * Q + first) * T, T);
      }
    }
    subtract(scores, factors, scores + rows * T, factors + rows, lambda, rows, T);
    if (probs.first) {
      copy_rows(scores, 1, rows * T, probs.first + image * stride + (h * Q + first) * T, 0);
    }
    FloatView p(scores);  // [rows, T], as the product takes it
    if (type_ != FloatType::f32) {
      p = FloatView(out + rows * d, type_);
      copy_rows(scores, 1, rows * T, p, 0);
    }
    (*run.mix)(p.data(), qkv.from(place(HeadOffset::v, image, h)).data(), out, thread);
    copy_rows(out, rows, d, mixed.from((image * Q + first) * heads_ * d + h * d), heads_ * d);
  });
}

void DifferentialAttention::to_qk(const Attended& at, const TokenShape& shape, float lambda,
                                  const float* dprobs, float* dhalves, FloatView room, float* dq,
                                  float* dk) {
  const int64_t each = shape.queries * shape.tokens;
  parallel_for(heads_, [&](int64_t h) {
    const float* from = dprobs + h * each;
    float* to = dhalves + 2 * h * each;
    for (int64_t i = 0; i < each; ++i) {
      to[i] = from[i];
      to[each + i] = -lambda * from[i];
    }
  });
  halves_backward_.to_qk(at, shape, dhalves, room, dq, dk);
}

void DifferentialAttention::list_primitives(std::vector<PrimitiveInfo>& list) const {
  products_.list_primitives(list);
  halves_backward_.list_primitives(list);
}

}  // namespace saccade
