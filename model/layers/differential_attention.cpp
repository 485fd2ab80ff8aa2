#include "model/layers/differential_attention.h"

#include <cmath>

#include "model/kernels/convert.h"
#include "model/kernels/parallel.h"
#include "model/layers/attention_products.h"
#include "model/layers/scaled_dot_product_backward.h"
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

DifferentialAttention::DifferentialAttention(int64_t heads, int64_t head_dim, FloatType type,
                                             float lambda)
    : heads_(heads), head_dim_(head_dim), type_(type), lambda_(lambda) {}

void DifferentialAttention::operator()(FloatView qkv, const TokenShape& shape,
                                       const AttentionOutput& output, FloatView context,
                                       Runtime& runtime) const {
  const int64_t B = shape.batch, T = shape.tokens, Q = shape.queries, d = head_dim_;
  const HeadOffset offset{heads_, T, d}, half_offset{2 * heads_, T, d / 2};
  const RowChunks chunks = attention_chunks(heads_, shape, runtime.threads());
  const auto products = [&](int64_t chunk) {
    return &runtime.cached<AttentionProducts>({chunks.size(chunk), T, d / 2, d, type_});
  };
  AttentionProducts* const larger = products(0);
  AttentionProducts* const smaller = products(chunks.count - 1);
  // A tile holds two halves' scores and a factor a row of each, what they mix, and their difference
  // as the product takes it.
  runtime.reserve_tile(size_t(chunks.size(0) * (3 * T + d + 2)) * sizeof(float));
  const auto scale = static_cast<float>(1 / std::sqrt(double(d / 2)));
  const int64_t stride = output.stride ? output.stride : heads_ * Q * T;

  parallel_tasks(runtime.threads(), B * heads_ * chunks.count, [&](int64_t task, int thread) {
    const int64_t chunk = task % chunks.count, head = task / chunks.count;  // of all images
    const int64_t image = head / heads_, h = head % heads_;
    const int64_t first = chunks.first(chunk), rows = chunks.size(chunk);
    AttentionProducts& run = chunk < chunks.larger() ? *larger : *smaller;
    auto* scores = static_cast<float*>(runtime.tile(thread));  // [2, rows, T]
    float* factors = scores + 2 * rows * T;                    // [2, rows]
    float* out = factors + 2 * rows;                           // [rows, d]
    for (int64_t half = 0; half < 2; ++half) {
      const int64_t one = 2 * h + half;
      const FloatView q = qkv.from(half_offset(HeadOffset::q, image, one) + first * (d / 2));
      const FloatView k = qkv.from(half_offset(HeadOffset::k, image, one));
      float* of_half = scores + half * rows * T;
      run.scores(q.data(), k.data(), of_half, thread);
      softmax_numerators(of_half, rows, T, scale, of_half, factors + half * rows);
      if (output.halves) {
        scale_rows(of_half, rows, T, factors + half * rows,
                   output.halves + ((image * 2 * heads_ + one) * Q + first) * T, T);
      }
    }
    subtract(scores, factors, scores + rows * T, factors + rows, lambda_, rows, T);
    if (output.probs) {
      copy_rows(scores, 1, rows * T, output.probs + image * stride + (h * Q + first) * T, 0);
    }
    FloatView p(scores);  // [rows, T], as the product takes it
    if (type_ != FloatType::f32) {
      p = FloatView(out + rows * d, type_);
      copy_rows(scores, 1, rows * T, p, 0);
    }
    run.mix(p.data(), qkv.from(offset(HeadOffset::v, image, h)).data(), out, thread);
    copy_rows(out, rows, d, context.from((image * Q + first) * heads_ * d + h * d), heads_ * d);
  });
}

void DifferentialAttention::backward(const RecordedAttention& recorded, const TokenShape& shape,
                                     const AttentionGradients& gradients, Runtime& runtime) const {
  const int64_t each = shape.queries * shape.tokens;
  parallel_for(heads_, [&](int64_t h) {
    const float* from = gradients.probs + h * each;
    float* to = gradients.halves + 2 * h * each;
    for (int64_t i = 0; i < each; ++i) {
      to[i] = from[i];
      to[each + i] = -lambda_ * from[i];
    }
  });
  AttentionGradients of_halves = gradients;
  of_halves.probs = gradients.halves;
  ScaledDotProductBackward(2 * heads_, head_dim_ / 2, type_)
      .to_qk(recorded.qkv, recorded.halves, shape, of_halves, runtime);
}

}  // namespace saccade
