#include "model/layers/qk_norm.h"

#include <algorithm>

#include "model/kernels/parallel.h"
#include "model/layers/attention_kind.h"
#include "model/layers/parameters.h"

namespace saccade {
namespace {

// heads [H, T, d] -> the first `rows` rows of each, side by side: [rows, H * d].
template <typename T>
void side_by_side(const T* heads, int64_t H, int64_t tokens, int64_t d, int64_t rows, float* to) {
  parallel_for(rows, [&](int64_t row) {
    for (int64_t h = 0; h < H; ++h) {
      const T* from = heads + (h * tokens + row) * d;
      std::transform(from, from + d, to + (row * H + h) * d, [](T value) { return to_f32(value); });
    }
  });
}

}  // namespace

QkNorm::QkNorm(const VitDescription& vit, const Weights& weights, const std::string& name)
    : heads_(vit.attention.heads * vit.attention.key_parts()),
      head_dim_(vit.head_dim() / vit.attention.key_parts()),
      q_norm_(read_norm(weights, name + "q_norm", vit)),
      k_norm_(read_norm(weights, name + "k_norm", vit)) {}

void QkNorm::operator()(FloatView qkv, const TokenShape& shape, float* raw) const {
  const int64_t T = shape.tokens, Q = shape.queries;
  const HeadOffset place{heads_, T, head_dim_};
  const auto keep = [&](FloatView heads, int64_t rows, float* to) {
    if (heads.type() == FloatType::f32) {
      side_by_side(heads.f32(), heads_, T, head_dim_, rows, to);
    } else {
      side_by_side(heads.bf16(), heads_, T, head_dim_, rows, to);
    }
  };
  for (int64_t image = 0; image < shape.batch; ++image) {
    const FloatView q = qkv.from(place(HeadOffset::q, image, 0));  // [H, T, d]
    const FloatView k = qkv.from(place(HeadOffset::k, image, 0));  // [H, T, d]
    if (raw) {
      float* kept = raw + image * 2 * heads_ * T * head_dim_;
      keep(q, Q, kept);
      keep(k, T, kept + heads_ * T * head_dim_);
    }
    k_norm_.in_place(k, heads_ * T);
    if (Q == T) {
      q_norm_.in_place(q, heads_ * T);
    } else {
      for (int64_t h = 0; h < heads_; ++h) q_norm_.in_place(q.from(h * T * head_dim_), Q);
    }
  }
}

// A row of heads side by side is as many rows of one head: [rows, H * d] is [rows * H, d].
void QkNorm::backward(const LayerNorm& norm, const float* raw, int64_t rows, Buffer& d,
                      Gradients& g) const {
  const int64_t count = rows * heads_ * head_dim_;
  std::copy_n(d.data(), count, g.normal.data());
  std::fill_n(d.data(), count, 0.0f);
  norm.backward(raw, g.normal.data(), rows * heads_, d.data());
}

void QkNorm::backward(const float* raw, const TokenShape& shape, Gradients& g) const {
  backward(q_norm_, raw, shape.queries, g.q, g);
  backward(k_norm_, raw + shape.tokens * heads_ * head_dim_, shape.tokens, g.k, g);
}

}  // namespace saccade
