#include "model/layers/layer_norm.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/layers/layer_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/kernels/parallel.h"
#include "model/kernels/quantize_simd.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

// Sum of f(x[i]) over a row, in four independent vectors; the rest one by one.
template <typename T, typename Function>
float row_sum(const T* x, size_t dim, const Function& f) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const size_t N = hn::Lanes(d);
  auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
  size_t i = 0;
  for (; i + 4 * N <= dim; i += 4 * N) {
    a = hn::Add(a, f(d, load(d, x + i)));
    b = hn::Add(b, f(d, load(d, x + i + N)));
    c = hn::Add(c, f(d, load(d, x + i + 2 * N)));
    e = hn::Add(e, f(d, load(d, x + i + 3 * N)));
  }
  for (; i + N <= dim; i += N) a = hn::Add(a, f(d, load(d, x + i)));
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
  for (; i < dim; ++i) sum += hn::GetLane(f(one, load(one, x + i)));
  return sum;
}

struct Statistics {
  float mean;   // 0 if rows are not centered
  float scale;  // 1 / σ
};

template <typename T>
Statistics RowStatistics(const T* x, const NormTerms& terms, size_t dim) {
  const auto itself = [](auto, auto v) HWY_ATTR { return v; };
  const float mean =
      terms.kind == NormKind::layer ? row_sum(x, dim, itself) / static_cast<float>(dim) : 0;
  const auto squared_distance = [mean](auto tag, auto v) HWY_ATTR {
    const auto centred = hn::Sub(v, hn::Set(tag, mean));
    return hn::Mul(centred, centred);
  };
  const float variance = row_sum(x, dim, squared_distance) / static_cast<float>(dim);
  return {mean, static_cast<float>(1.0 / std::sqrt(static_cast<double>(variance) + terms.eps))};
}

template <typename From, typename T>
void normalize_row(const From* x, const float* weight, const float* bias, const NormTerms& terms,
                   size_t dim, T* y) {
  const Statistics row = RowStatistics(x, terms, dim);
  for_vectors(dim, [=](auto d, size_t i) HWY_ATTR {
    const auto centred = hn::Sub(load(d, x + i), hn::Set(d, row.mean));
    const auto normal = hn::Mul(centred, hn::Set(d, row.scale));
    store(hn::MulAdd(normal, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i)), d, y + i);
  });
}

void NormalizeToF32(const float* x, const float* weight, const float* bias, const NormTerms& terms,
                    size_t dim, float* y) {
  normalize_row(x, weight, bias, terms, dim, y);
}
void NormalizeToBf16(const float* x, const float* weight, const float* bias, const NormTerms& terms,
                     size_t dim, Bf16* y) {
  normalize_row(x, weight, bias, terms, dim, y);
}

void NormalizeBf16(const float* weight, const float* bias, const NormTerms& terms, size_t dim,
                   Bf16* x) {
  normalize_row(x, weight, bias, terms, dim, x);
}

// `scratch` holds the row between the two steps.
void NormalizeToQuantized(const float* x, const float* weight, const float* bias,
                          const NormTerms& terms, size_t dim, float* scratch, uint8_t* u,
                          RowQuantization* quantization) {
  normalize_row(x, weight, bias, terms, dim, scratch);
  *quantization = quantize_row(scratch, dim, u);
}

// `g` is scratch for a row. `through_scale`: σ depends on x.
void BackwardRow(const float* x, const float* weight, const float* dy, const NormTerms& terms,
                 size_t dim, bool through_scale, float* g, float* dx) {
  const hn::ScalableTag<float> d;
  const size_t N = hn::Lanes(d);
  const auto [centre, factor] = RowStatistics(x, terms, dim);
  auto sum = hn::Zero(d), product = hn::Zero(d);
  float g_sum = 0, g_product = 0;
  size_t i = 0;
  for (; i + N <= dim; i += N) {
    const auto gradient = hn::Mul(hn::LoadU(d, dy + i), hn::LoadU(d, weight + i));
    hn::StoreU(gradient, d, g + i);
    sum = hn::Add(sum, gradient);
    product = hn::MulAdd(gradient, hn::Sub(hn::LoadU(d, x + i), hn::Set(d, centre)), product);
  }
  for (; i < dim; ++i) {
    g[i] = dy[i] * weight[i];
    g_sum += g[i];
    g_product += g[i] * (x[i] - centre);
  }
  const auto count = static_cast<float>(dim);
  g_sum = (g_sum + hn::GetLane(hn::SumOfLanes(d, sum))) / count;
  if (terms.kind == NormKind::rms) g_sum = 0;  // that term comes from the mean
  // mean(g x̂) / σ, to be multiplied by the centred x.
  g_product = (g_product + hn::GetLane(hn::SumOfLanes(d, product))) * factor * factor / count;
  if (!through_scale) g_product = 0;
  for (i = 0; i + N <= dim; i += N) {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, centre));
    const auto gradient = hn::Sub(hn::LoadU(d, g + i), hn::Set(d, g_sum));
    const auto value = hn::NegMulAdd(centred, hn::Set(d, g_product), gradient);
    hn::StoreU(hn::MulAdd(value, hn::Set(d, factor), hn::LoadU(d, dx + i)), d, dx + i);
  }
  for (; i < dim; ++i) dx[i] += (g[i] - g_sum - (x[i] - centre) * g_product) * factor;
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(NormalizeToF32);
HWY_EXPORT(NormalizeToBf16);
HWY_EXPORT(NormalizeBf16);
HWY_EXPORT(NormalizeToQuantized);
HWY_EXPORT(BackwardRow);

LayerNorm::LayerNorm(std::vector<float> weight, std::vector<float> bias, double eps, NormKind kind)
    : weight_(std::move(weight)), bias_(std::move(bias)), terms_{eps, kind} {
  bias_.resize(weight_.size());
}

void LayerNorm::operator()(const float* x, int64_t rows, const LayerInput& y) const {
  const size_t dim = weight_.size();
  const auto* quantized = std::get_if<QuantizedRows>(&y);
  const auto* numbers = std::get_if<FloatView>(&y);
  parallel_for(rows, [&](int64_t row) {
    const int64_t first = row * int64_t(dim);
    if (quantized) {
      thread_local std::vector<float> scratch;
      scratch.resize(dim);
      HWY_DYNAMIC_DISPATCH(NormalizeToQuantized)
      (x + first, weight_.data(), bias_.data(), terms_, dim, scratch.data(),
       quantized->values + first, quantized->quantization + row);
    } else if (numbers->type() == FloatType::f32) {
      HWY_DYNAMIC_DISPATCH(NormalizeToF32)
      (x + first, weight_.data(), bias_.data(), terms_, dim, numbers->f32() + first);
    } else {
      HWY_DYNAMIC_DISPATCH(NormalizeToBf16)
      (x + first, weight_.data(), bias_.data(), terms_, dim, numbers->bf16() + first);
    }
  });
}

void LayerNorm::in_place(FloatView x, int64_t rows) const {
  if (x.type() == FloatType::f32) return (*this)(x.f32(), rows, x);
  const size_t dim = weight_.size();
  parallel_for(rows, [&](int64_t row) {
    HWY_DYNAMIC_DISPATCH(NormalizeBf16)
    (weight_.data(), bias_.data(), terms_, dim, x.bf16() + row * int64_t(dim));
  });
}

void LayerNorm::backward(const float* x, const float* dy, int64_t rows, float* dx,
                         GradientRule rule) const {
  const auto dim = static_cast<int64_t>(weight_.size());
  parallel_for(rows, [&](int64_t row) {
    thread_local std::vector<float> g;
    g.resize(weight_.size());
    HWY_DYNAMIC_DISPATCH(BackwardRow)
    (x + row * dim, weight_.data(), dy + row * dim, terms_, weight_.size(),
     rule == GradientRule::exact, g.data(), dx + row * dim);
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
