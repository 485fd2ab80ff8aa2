#include "vision/overlay/map_measures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace saccade {
namespace {

// The two inputs of an upsampled value along one axis.
struct Tap {
  size_t low, high;
  double weight;  // of `high`
};

std::vector<Tap> taps(int64_t from, int64_t to) {
  std::vector<Tap> taps;
  for (int64_t i = 0; i < to; ++i) {
    const double at = std::max(0.0, (double(i) + 0.5) * double(from) / double(to) - 0.5);
    const auto low = std::min(static_cast<int64_t>(at), from - 1);
    taps.push_back({size_t(low), size_t(std::min(low + 1, from - 1)), at - double(low)});
  }
  return taps;
}

// Interpolates bilinearly and subtracts the minimum.
std::vector<double> upsample(std::span<const float> map, ImageSize grid, ImageSize size) {
  const auto rows = taps(grid.height, size.height), columns = taps(grid.width, size.width);
  const auto width = static_cast<size_t>(grid.width);
  std::vector<double> values;
  values.reserve(rows.size() * columns.size());
  for (const Tap& y : rows) {
    const auto in_row = [&](size_t column) {
      return (1 - y.weight) * double(map[y.low * width + column]) +
             y.weight * double(map[y.high * width + column]);
    };
    for (const Tap& x : columns) {
      values.push_back((1 - x.weight) * in_row(x.low) + x.weight * in_row(x.high));
    }
  }
  const double least = *std::min_element(values.begin(), values.end());
  for (double& value : values) value -= least;
  return values;
}

// The pixels of a box between two edges; the slack absorbs rounding errors of in_input().
constexpr double kSlack = 1e-6;
int64_t first_pixel(double at, int64_t count) {
  return static_cast<int64_t>(std::clamp(std::floor(at + kSlack), 0.0, double(count)));
}
int64_t end_pixel(double at, int64_t count) {
  return static_cast<int64_t>(std::clamp(std::ceil(at - kSlack), 0.0, double(count)));
}

std::vector<bool> inside(std::span<const Box> boxes, ImageSize size) {
  std::vector<bool> mask(static_cast<size_t>(size.height * size.width), false);
  for (const Box& box : boxes) {
    for (int64_t y = first_pixel(box.y0, size.height); y < end_pixel(box.y1, size.height); ++y) {
      for (int64_t x = first_pixel(box.x0, size.width); x < end_pixel(box.x1, size.width); ++x) {
        mask[size_t(y * size.width + x)] = true;
      }
    }
  }
  return mask;
}

// Returns the fraction of the sum under the mask; for a flat map, the fraction of the pixels.
double share(const std::vector<double>& values, const std::vector<bool>& mask) {
  double sum = 0, inner = 0, pixels = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[i];
    if (!mask[i]) continue;
    inner += values[i];
    ++pixels;
  }
  return sum > 0 ? inner / sum : pixels / double(values.size());
}

// Returns each value's rank in ascending order, from 1, divided by the number of values. Equal
// values share their mean rank.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t first = 0; first < order.size();) {
    size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double place = double(first + 1 + end) / 2;
    for (; first < end; ++first) ranks[order[first]] = place / double(order.size());
  }
  return ranks;
}

double iou_over_mean(const std::vector<double>& values, const std::vector<bool>& mask) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  size_t both = 0, either = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool hot = values[i] > mean;
    both += hot && mask[i];
    either += hot || mask[i];
  }
  return either == 0 ? 0 : double(both) / double(either);
}

}  // namespace

Box in_input(const Box& box, const SourceRect& seen, ImageSize input) {
  const auto across = [&](double x) { return (x - seen.x) / seen.width * double(input.width); };
  const auto down = [&](double y) { return (y - seen.y) / seen.height * double(input.height); };
  return {across(box.x0), down(box.y0), across(box.x1), down(box.y1)};
}

MapMeasures measure_map(std::span<const float> map, ImageSize grid, ImageSize size,
                        std::span<const Box> boxes) {
  const std::vector<double> values = upsample(map, grid, size);
  const std::vector<bool> mask = inside(boxes, size);
  const auto peak = std::max_element(values.begin(), values.end()) - values.begin();
  return {mask[size_t(peak)], share(values, mask), share(ranks(values), mask),
          iou_over_mean(values, mask)};
}

}  // namespace saccade
