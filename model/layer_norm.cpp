#include "model/layer_norm.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/layer_norm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "model/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace saccade {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Sum of f(x[i]) over a row, in four independent vectors; what is left over one by one.
template <typename Function>
float row_sum(const float* x, size_t dim, const Function& f) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const size_t N = hn::Lanes(d);
  auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
  size_t i = 0;
  for (; i + 4 * N <= dim; i += 4 * N) {
    a = hn::Add(a, f(d, hn::LoadU(d, x + i)));
    b = hn::Add(b, f(d, hn::LoadU(d, x + i + N)));
    c = hn::Add(c, f(d, hn::LoadU(d, x + i + 2 * N)));
    e = hn::Add(e, f(d, hn::LoadU(d, x + i + 3 * N)));
  }
  for (; i + N <= dim; i += N) a = hn::Add(a, f(d, hn::LoadU(d, x + i)));
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
  for (; i < dim; ++i) sum += hn::GetLane(f(one, hn::LoadU(one, x + i)));
  return sum;
}

void NormalizeRow(const float* x, const float* weight, const float* bias, double eps, size_t dim,
                  float* y) {
  const hn::ScalableTag<float> d;
  const size_t N = hn::Lanes(d);
  const auto itself = [](auto, auto v) HWY_ATTR { return v; };
  const float mean_value = row_sum(x, dim, itself) / static_cast<float>(dim);
  const auto squared_distance = [mean_value](auto tag, auto v) HWY_ATTR {
    const auto centred = hn::Sub(v, hn::Set(tag, mean_value));
    return hn::Mul(centred, centred);
  };
  const float variance = row_sum(x, dim, squared_distance) / static_cast<float>(dim);
  const auto mean = hn::Set(d, mean_value);
  const auto scale =
      hn::Set(d, static_cast<float>(1.0 / std::sqrt(static_cast<double>(variance) + eps)));
  size_t i = 0;
  for (; i + N <= dim; i += N) {
    const auto centred = hn::Mul(hn::Sub(hn::LoadU(d, x + i), mean), scale);
    hn::StoreU(hn::MulAdd(centred, hn::LoadU(d, weight + i), hn::LoadU(d, bias + i)), d, y + i);
  }
  for (; i < dim; ++i) y[i] = (x[i] - mean_value) * hn::GetLane(scale) * weight[i] + bias[i];
}

}  // namespace HWY_NAMESPACE
}  // namespace saccade
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace saccade {

HWY_EXPORT(NormalizeRow);

LayerNorm::LayerNorm(std::vector<float> weight, std::vector<float> bias, double eps)
    : weight_(std::move(weight)), bias_(std::move(bias)), eps_(eps) {}

void LayerNorm::operator()(const float* x, int64_t rows, float* y) const {
  const auto dim = static_cast<int64_t>(weight_.size());
  parallel_for(rows, [&](int64_t row) {
    HWY_DYNAMIC_DISPATCH(NormalizeRow)
    (x + row * dim, weight_.data(), bias_.data(), eps_, weight_.size(), y + row * dim);
  });
}

}  // namespace saccade
#endif  // HWY_ONCE
