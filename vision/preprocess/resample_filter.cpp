#include "vision/preprocess/resample_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "weights/base/errors.h"

namespace saccade {
namespace {

// 1 GiB of weights: reached only by pictures of hundreds of millions of rows or columns.
constexpr int64_t kMaxWeights = int64_t{1} << 28;

double box(double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }

double bilinear(double x) { return std::max(0.0, 1.0 - std::abs(x)); }

double hamming(double x) {
  x = std::abs(x);
  if (x == 0.0) return 1.0;
  if (x >= 1.0) return 0.0;
  x *= std::numbers::pi;
  // The constants are single precision in Pillow, which changes the last bits.
  return std::sin(x) / x * (0.54f + 0.46f * std::cos(x));
}

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

double sinc(double x) {
  if (x == 0.0) return 1.0;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double lanczos(double x) { return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0; }

struct Kernel {
  double (*value)(double);
  double support;  // zero beyond this distance from the centre
};

Kernel kernel_of(Interpolation interpolation) {
  switch (interpolation) {
    case Interpolation::box:
      return {box, 0.5};
    case Interpolation::bilinear:
      return {bilinear, 1.0};
    case Interpolation::hamming:
      return {hamming, 1.0};
    case Interpolation::bicubic:
      return {bicubic, 2.0};
    case Interpolation::lanczos:
      return {lanczos, 3.0};
    case Interpolation::nearest:
      break;
  }
  throw std::invalid_argument("nearest has no weights");
}

int32_t to_fixed_point(double weight) {
  const double scaled = weight * (1 << kWeightBits);
  return static_cast<int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

AxisFilter make_axis_filter(int64_t in, int64_t out, int64_t begin, int64_t end,
                            Interpolation interpolation) {
  const Kernel kernel = kernel_of(interpolation);
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double widening = std::max(scale, 1.0);
  const double inverse_widening = 1.0 / widening;
  const double support = kernel.support * widening;

  AxisFilter filter;
  const int64_t outputs = end - begin;
  filter.stride = std::min(in, 2 * static_cast<int64_t>(std::ceil(support)) + 1);
  if (filter.stride > kMaxWeights / std::max<int64_t>(outputs, 1)) {
    throw ImageError(fmt::format(
        "a side of {} pixels is too long to be resampled to {}; crop or shrink the picture first",
        in, out));
  }
  filter.first.resize(outputs);
  filter.count.resize(outputs);
  filter.weights.assign(outputs * filter.stride, 0);

  std::vector<double> exact(filter.stride);
  for (int64_t i = 0; i < outputs; ++i) {
    const double center = (static_cast<double>(begin + i) + 0.5) * scale;
    const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(center - support + 0.5));
    const int64_t last = std::min(in, static_cast<int64_t>(center + support + 0.5));
    const int64_t count = last - first;
    double sum = 0.0;
    for (int64_t t = 0; t < count; ++t) {
      exact[t] = kernel.value((static_cast<double>(t + first) - center + 0.5) * inverse_widening);
      sum += exact[t];
    }
    int32_t* weights = filter.weights.data() + i * filter.stride;
    for (int64_t t = 0; t < count; ++t) {
      weights[t] = to_fixed_point(sum != 0.0 ? exact[t] / sum : exact[t]);
    }
    filter.first[i] = first;
    filter.count[i] = count;
  }
  return filter;
}

std::vector<int64_t> nearest_inputs(int64_t in, int64_t out, int64_t begin, int64_t end) {
  if (out > kMaxWeights) {
    throw ImageError(fmt::format(
        "a side of {} pixels would become {}; crop or shrink the picture first", in, out));
  }
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  std::vector<int64_t> inputs(end - begin);
  double position = scale * 0.5;
  for (int64_t i = 0; i < end; ++i, position += scale) {
    if (i >= begin) inputs[i - begin] = std::min(static_cast<int64_t>(position), in - 1);
  }
  return inputs;
}

}  // namespace saccade
