#include "model/explain/contrast.h"

#include <algorithm>
#include <numeric>

namespace saccade {
namespace {

constexpr size_t kRivals = 20;

// Where on an axis of `count` values the value `index` of a moved-back map lies.
struct Tap {
  int64_t low, high;
  float weight;  // of `high`
};

Tap tap(int64_t index, double patches, int64_t count) {
  const double at = std::clamp(double(index) + patches, 0.0, double(count - 1));
  const auto low = static_cast<int64_t>(at);
  return {low, std::min(low + 1, count - 1), static_cast<float>(at - double(low))};
}

}  // namespace

std::vector<float> contrast_target(std::span<const float> logits, int64_t index) {
  std::vector<size_t> others;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (i != size_t(index)) others.push_back(i);
  }
  const size_t rivals = std::min(kRivals, others.size());
  std::partial_sort(others.begin(), others.begin() + std::ptrdiff_t(rivals), others.end(),
                    [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  std::vector<float> target(logits.size(), 0);
  target[size_t(index)] = 1;
  for (size_t i = 0; i < rivals; ++i) target[others[i]] = -1 / float(rivals);
  return target;
}

std::array<int64_t, 3> grid_placements(int64_t patch) { return {0, patch / 2, -(patch / 2)}; }

void move_picture(std::span<const float> pixels, int64_t channels, ImageSize size, int64_t shift,
                  std::span<float> moved) {
  for (int64_t row = 0; row < channels * size.height; ++row) {
    const int64_t channel = row / size.height, y = row % size.height;
    const int64_t from_y = std::clamp(y - shift, int64_t{0}, size.height - 1);
    const float* from = &pixels[size_t((channel * size.height + from_y) * size.width)];
    for (int64_t x = 0; x < size.width; ++x) {
      moved[size_t(row * size.width + x)] = from[std::clamp(x - shift, int64_t{0}, size.width - 1)];
    }
  }
}

std::vector<float> move_map_back(std::span<const float> map, ImageSize grid, double patches) {
  std::vector<float> back;
  for (int64_t row = 0; row < grid.height; ++row) {
    const Tap y = tap(row, patches, grid.height);
    for (int64_t col = 0; col < grid.width; ++col) {
      const Tap x = tap(col, patches, grid.width);
      const auto in_row = [&](int64_t r) {
        return (1 - x.weight) * map[size_t(r * grid.width + x.low)] +
               x.weight * map[size_t(r * grid.width + x.high)];
      };
      back.push_back((1 - y.weight) * in_row(y.low) + y.weight * in_row(y.high));
    }
  }
  return back;
}

}  // namespace saccade
