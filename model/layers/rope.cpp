#include "model/layers/rope.h"

#include <cmath>
#include <numbers>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/layers/rope.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/float_view_simd.h"
#include "model/kernels/parallel.h"
#include "model/layers/attention_kind.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

// Rotates pairs of adjacent columns. `sign` is 1 or -1, that of the angle. Vectors hold whole
// pairs, except on targets without vectors.
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

// The same for pairs whose columns are half of all columns apart.
template <typename T>
void rotate_halves(T* x, size_t count, const float* cos, const float* sin, float sign) {
  const size_t half = count / 2;
  for_vectors(half, [&](auto d, size_t i) HWY_ATTR {
    const auto a = load(d, x + i), b = load(d, x + half + i), s = hn::Set(d, sign);
    const auto turn = [&](auto own, auto other, size_t at) HWY_ATTR {
      const auto turned = hn::Mul(other, hn::Mul(hn::LoadU(d, sin + at), s));
      store(hn::MulAdd(own, hn::LoadU(d, cos + at), turned), d, x + at);
    };
    turn(a, b, i);
    turn(b, a, half + i);
  });
}

void RotateF32(float* x, size_t count, const float* cos, const float* sin, float sign,
               RopePairs pairs) {
  (pairs == RopePairs::rotate_half ? rotate_halves<float> : rotate<float>)(x, count, cos, sin,
                                                                           sign);
}
void RotateBf16(Bf16* x, size_t count, const float* cos, const float* sin, RopePairs pairs) {
  (pairs == RopePairs::rotate_half ? rotate_halves<Bf16> : rotate<Bf16>)(x, count, cos, sin, 1);
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(RotateF32);
HWY_EXPORT(RotateBf16);

void rotate_rows(FloatView x, int64_t rows, int64_t columns, int64_t stride, RopePairs pairs,
                 const float* cos, const float* sin) {
  for (int64_t row = 0; row < rows; ++row) {
    const FloatView at = x.from(row * stride);
    const int64_t angles = row * columns;
    if (x.type() == FloatType::f32) {
      HWY_DYNAMIC_DISPATCH(RotateF32)
      (at.f32(), size_t(columns), cos + angles, sin + angles, 1, pairs);
    } else {
      HWY_DYNAMIC_DISPATCH(RotateBf16)
      (at.bf16(), size_t(columns), cos + angles, sin + angles, pairs);
    }
  }
}

void rotate_rows_back(float* x, int64_t rows, int64_t columns, int64_t stride, RopePairs pairs,
                      const float* cos, const float* sin) {
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t angles = row * columns;
    HWY_DYNAMIC_DISPATCH(RotateF32)
    (x + row * stride, size_t(columns), cos + angles, sin + angles, -1, pairs);
  }
}

namespace {

// One axis: patches, and those of the grid to which they are scaled.
struct Axis {
  int64_t count, scaled_to;
};

// In f32, as timm.
float place(RopeCoordinates places, const Axis& axis, int64_t i) {
  switch (places) {
    case RopeCoordinates::grid:
      return float(i);
    case RopeCoordinates::scaled:
      return float(i) / float(axis.count) * float(axis.scaled_to);
    case RopeCoordinates::centred:
      return 2 * ((float(i) + 0.5f) / float(axis.count)) - 1;
  }
  return 0;
}

// [count, bands], by periods in f32.
std::vector<double> angles_of(const RopeSpec& rope, const Axis& axis, int64_t bands) {
  std::vector<double> angles;
  for (int64_t i = 0; i < axis.count; ++i) {
    const float at = place(rope.coordinates, axis, i);
    for (int64_t band = 0; band < bands; ++band) {
      const float period = std::pow(float(rope.temperature), float(band) / float(bands));
      angles.push_back(rope.coordinates == RopeCoordinates::centred
                           ? 2 * std::numbers::pi * at / period
                           : double(at * (1 / period)));
    }
  }
  return angles;
}

}  // namespace

Rope::Rope(const VitDescription& vit, int64_t tables, ImageSize input)
    : heads_(vit.attention.heads),
      head_dim_(vit.head_dim()),
      prefix_(vit.tokens.prefix()),
      pairs_(vit.attention.rope->pairs),
      of_head_(tables > 1 ? (vit.tokens.count(input) - prefix_) * head_dim_ : 0),
      cos_(size_t(tables * (vit.tokens.count(input) - prefix_) * head_dim_)),
      sin_(cos_.size()) {}

Rope::Rope(const VitDescription& vit, ImageSize input) : Rope(vit, /*tables=*/1, input) {
  const ImageSize grid = vit.tokens.grid(input);
  const int64_t bands = head_dim_ / 4;
  const std::vector<double> down =
      angles_of(*vit.attention.rope, {grid.height, vit.attention.rope->grid.height},
                bands);  // [height, d / 4]
  const std::vector<double> across = angles_of(
      *vit.attention.rope, {grid.width, vit.attention.rope->grid.width}, bands);  // [width, d / 4]
  const int64_t first =
      vit.attention.rope->across_first ? bands : 0;  // pair of those that go by down
  for (int64_t patch = 0; patch < grid.height * grid.width; ++patch) {
    for (int64_t band = 0; band < bands; ++band) {
      set_pair(patch, first + band, down[size_t(patch / grid.width * bands + band)]);
      set_pair(patch, bands - first + band, across[size_t(patch % grid.width * bands + band)]);
    }
  }
}

Rope::Rope(const VitDescription& vit, const Weights& weights, int64_t block, ImageSize input)
    : Rope(vit, /*tables=*/vit.attention.heads, input) {
  const std::vector<float> learned = weights.read("rope.freqs");  // [2, depth, H, d / 2]
  const ImageSize grid = vit.tokens.grid(input);
  const int64_t patches = grid.height * grid.width, pairs = head_dim_ / 2;
  const auto frequency = [&](bool second, int64_t head, int64_t pair) {
    return learned[size_t((((second ? vit.depth : 0) + block) * heads_ + head) * pairs + pair)];
  };
  for (int64_t row = 0; row < heads_ * patches; ++row) {
    const int64_t head = row / patches, patch = row % patches;
    const auto down = float(patch / grid.width), across = float(patch % grid.width);
    for (int64_t pair = 0; pair < pairs; ++pair) {  // in f32, as timm
      const float by_down = down * frequency(vit.attention.rope->across_first, head, pair);
      const float by_across = across * frequency(!vit.attention.rope->across_first, head, pair);
      set_pair(row, pair, by_down + by_across);
    }
  }
}

void Rope::set_pair(int64_t row, int64_t pair, double angle) {
  const bool halves = pairs_ == RopePairs::rotate_half;
  const int64_t first = row * head_dim_ + (halves ? pair : 2 * pair);
  const int64_t second = first + (halves ? head_dim_ / 2 : 1);
  cos_.data()[first] = cos_.data()[second] = static_cast<float>(std::cos(angle));
  sin_.data()[second] = static_cast<float>(std::sin(angle));
  sin_.data()[first] = -sin_.data()[second];
}

void Rope::operator()(FloatView qkv, const TokenShape& shape) const {
  const int64_t d = head_dim_;
  const HeadOffset place{heads_, shape.tokens, d};
  parallel_for(shape.batch * heads_, [&](int64_t head) {
    const auto turn = [&](HeadOffset::Which which, int64_t rows) {
      const int64_t first = place(which, head / heads_, head % heads_) + prefix_ * d;
      const int64_t table = head % heads_ * of_head_;
      rotate_rows(qkv.from(first), rows - prefix_, d, d, pairs_, cos_.data() + table,
                  sin_.data() + table);
    };
    turn(HeadOffset::q, shape.queries);
    turn(HeadOffset::k, shape.tokens);
  });
}

void Rope::backward(const TokenShape& shape, Gradients& g) const {
  const int64_t d = head_dim_, stride = heads_ * d;
  parallel_for(heads_, [&](int64_t head) {
    const auto turn = [&](Buffer& gradients, int64_t rows) {
      rotate_rows_back(gradients.data() + prefix_ * stride + head * d, rows - prefix_, d, stride,
                       pairs_, cos_.data() + head * of_head_, sin_.data() + head * of_head_);
    };
    turn(g.q, shape.queries);
    turn(g.k, shape.tokens);
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
