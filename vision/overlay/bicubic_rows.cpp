#include "vision/overlay/bicubic_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace saccade {
namespace {

struct Taps {
  std::array<int64_t, 4> index;
  std::array<float, 4> weight;
};

Taps taps_at(double position, int64_t length) {
  const double clamped = std::clamp(position, -0.5, static_cast<double>(length) - 0.5);
  const double floor = std::floor(clamped);
  const double t = clamped - floor;
  const std::array<double, 4> weights{((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1,
                                      ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t};
  Taps taps;
  for (size_t k = 0; k < 4; ++k) {
    const int64_t index = static_cast<int64_t>(floor) + static_cast<int64_t>(k) - 1;
    taps.index[k] = std::clamp<int64_t>(index, 0, length - 1);
    taps.weight[k] = static_cast<float>(weights[k]);
  }
  return taps;
}

}  // namespace

BicubicRows::BicubicRows(std::span<const float> map, ImageSize grid,
                         const std::vector<double>& columns)
    : rows_(grid.height), width_(columns.size()) {
  if (grid.height < 1 || grid.width < 1 ||
      static_cast<int64_t>(map.size()) != grid.height * grid.width) {
    throw std::invalid_argument("BicubicRows: the map must have one value per patch");
  }
  values_.resize(static_cast<size_t>(rows_) * width_);
  for (size_t x = 0; x < width_; ++x) {
    const Taps taps = taps_at(columns[x], grid.width);
    for (int64_t y = 0; y < rows_; ++y) {
      const float* row = map.data() + y * grid.width;
      float sum = 0;
      for (size_t k = 0; k < 4; ++k) sum += taps.weight[k] * row[taps.index[k]];
      values_[static_cast<size_t>(y) * width_ + x] = sum;
    }
  }
}

void BicubicRows::read(double row, std::span<float> out) const {
  if (out.size() != width_)
    throw std::invalid_argument("BicubicRows: the row must have one value per column");
  const Taps taps = taps_at(row, rows_);
  std::array<const float*, 4> source;
  for (size_t k = 0; k < 4; ++k) {
    source[k] = values_.data() + static_cast<size_t>(taps.index[k]) * width_;
  }
  for (size_t x = 0; x < width_; ++x) {
    const float sum = taps.weight[0] * source[0][x] + taps.weight[1] * source[1][x] +
                      taps.weight[2] * source[2][x] + taps.weight[3] * source[3][x];
    out[x] = std::clamp(sum, 0.0f, 1.0f);
  }
}

}  // namespace saccade
