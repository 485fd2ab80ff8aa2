#include "model/rope.h"

#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/rope.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/numbers_simd.h"
#include "model/parallel.h"
#include "model/self_attention.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

// `sign` is 1 or -1: that of the angle. Vectors hold whole pairs, but on targets that have none.
template <typename T>
void rotate(T* x, size_t count, const float* cos, const float* sin, float sign) {
  const hn::ScalableTag<float> d;
  const size_t N = hn::Lanes(d);
  size_t i = 0;
  for (; N > 1 && i + N <= count; i += N) {
    const auto values = load(d, x + i);
    const auto turned = hn::Mul(hn::LoadU(d, sin + i), hn::Set(d, sign));
    const auto swapped = hn::Mul(hn::Reverse2(d, values), turned);
    store(hn::MulAdd(values, hn::LoadU(d, cos + i), swapped), d, x + i);
  }
  const hn::CappedTag<float, 1> one;
  for (; i < count; i += 2) {
    const float a = to_f32(x[i]), b = to_f32(x[i + 1]);
    store(hn::Set(one, a * cos[i] + b * (sign * sin[i])), one, x + i);
    store(hn::Set(one, b * cos[i + 1] + a * (sign * sin[i + 1])), one, x + i + 1);
  }
}

void RotateF32(float* x, size_t count, const float* cos, const float* sin, float sign) {
  rotate(x, count, cos, sin, sign);
}
void RotateBf16(Bf16* x, size_t count, const float* cos, const float* sin) {
  rotate(x, count, cos, sin, 1);
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(RotateF32);
HWY_EXPORT(RotateBf16);

void rotate_rows(Numbers x, int64_t rows, int64_t columns, int64_t stride, const float* cos,
                 const float* sin) {
  for (int64_t row = 0; row < rows; ++row) {
    const Numbers at = x.from(row * stride);
    const int64_t angles = row * columns;
    if (x.type() == NumberType::f32) {
      HWY_DYNAMIC_DISPATCH(RotateF32)(at.f32(), size_t(columns), cos + angles, sin + angles, 1);
    } else {
      HWY_DYNAMIC_DISPATCH(RotateBf16)(at.bf16(), size_t(columns), cos + angles, sin + angles);
    }
  }
}

void rotate_rows_back(float* x, int64_t rows, int64_t columns, int64_t stride, const float* cos,
                      const float* sin) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t angles = row * columns;
    HWY_DYNAMIC_DISPATCH(RotateF32)
    (x + row * stride, size_t(columns), cos + angles, sin + angles, -1);
  }
}

Rope::Rope(const VitDescription& vit, ImageSize input)
    : heads_(vit.heads),
      head_dim_(vit.head_dim()),
      prefix_(vit.prefix_tokens()),
      cos_(size_t((vit.tokens(input) - prefix_) * head_dim_)),
      sin_(cos_.size()) {
  const ImageSize grid = vit.grid(input);
  const int64_t d = head_dim_;
  // In f32, as timm: places, bands and their products.
  const auto place = [](int64_t index, int64_t count, int64_t scaled_to) {
    return float(index) / float(count) * float(scaled_to);
  };
  std::vector<float> bands;
  for (int64_t i = 0; i < d / 4; ++i) {
    bands.push_back(1 / std::pow(1e4f, float(i) / float(d / 4)));
  }
  for (int64_t patch = 0; patch < grid.height * grid.width; ++patch) {
    const float down = place(patch / grid.width, grid.height, vit.rope_grid.height);
    const float across = place(patch % grid.width, grid.width, vit.rope_grid.width);
    for (int64_t i = 0; i < d; ++i) {
      const double angle = (i < d / 2 ? down : across) * bands[size_t(i % (d / 2) / 2)];
      cos_.data()[patch * d + i] = static_cast<float>(std::cos(angle));
      sin_.data()[patch * d + i] =
          static_cast<float>(i % 2 == 0 ? -std::sin(angle) : std::sin(angle));
    }
  }
}

void Rope::operator()(Numbers qkv, const TokenShape& shape) const {
  const int64_t d = head_dim_;
  const HeadPlace place{heads_, shape.tokens, d};
  parallel_for(shape.batch * heads_, [&](int64_t head) {
    const auto turn = [&](HeadPlace::Which which, int64_t rows) {
      const int64_t first = place(which, head / heads_, head % heads_) + prefix_ * d;
      rotate_rows(qkv.from(first), rows - prefix_, d, d, cos_.data(), sin_.data());
    };
    turn(HeadPlace::q, shape.queries);
    turn(HeadPlace::k, shape.tokens);
  });
}

void Rope::backward(const TokenShape& shape, Gradients& g) const {
  const int64_t d = head_dim_, stride = heads_ * d;
  parallel_for(heads_, [&](int64_t head) {
    const auto turn = [&](Buffer& gradients, int64_t rows) {
      rotate_rows_back(gradients.data() + prefix_ * stride + head * d, rows - prefix_, d, stride,
                       cos_.data(), sin_.data());
    };
    turn(g.q, shape.queries);
    turn(g.k, shape.tokens);
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
