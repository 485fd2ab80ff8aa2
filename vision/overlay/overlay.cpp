#include "vision/overlay/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "vision/overlay/bicubic_rows.h"
#include "vision/overlay/contour.h"

namespace saccade {
namespace {

using FloatColours = std::array<std::array<float, 3>, 256>;

FloatColours float_colours(Colormap colormap) {
  FloatColours colours;
  for (size_t i = 0; i < colours.size(); ++i) {
    const cv::Vec3b& colour = colours_of(colormap)[i];
    colours[i] = {float(colour[0]), float(colour[1]), float(colour[2])};
  }
  return colours;
}

/// Returns the `percentile`-th percentile of `values`, which is not empty. Reorders `values`.
double percentile_of(std::vector<double>& values, double percentile) {
  const double rank = percentile / 100 * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(std::floor(rank));
  std::nth_element(values.begin(), below, values.end());
  if (below + 1 == values.end()) return *below;
  const double above = *std::min_element(below + 1, values.end());
  return *below + (above - *below) * (rank - std::floor(rank));
}

/// The pixels [begin, end) whose centres lie in [start, start + length), clipped to [0, limit).
struct Interval {
  int begin;
  int end;
};

Interval pixels_within(double start, double length, int limit) {
  const auto first_from = [limit](double edge) {
    return static_cast<int>(std::clamp(std::ceil(edge - 0.5), 0.0, static_cast<double>(limit)));
  };
  return {first_from(start), first_from(start + length)};
}

/// Returns the coordinate of pixel `index` along an axis of the grid.
double grid_position(int index, double start, double length, int64_t patches) {
  return (index + 0.5 - start) / length * static_cast<double>(patches) - 0.5;
}

void dim(const uint8_t* pixel, uint8_t* out, int count) {
  constexpr float kLight = 0.4f;
  constexpr float kSaturation = 0.4f;
  for (int x = 0; x < count; ++x, pixel += 3, out += 3) {
    // Luma of ITU-R BT.601.
    const float grey = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
    for (int c = 0; c < 3; ++c) {
      const float value = grey + kSaturation * (static_cast<float>(pixel[c]) - grey);
      out[c] = static_cast<uint8_t>(kLight * value + 0.5f);
    }
  }
}

template <Blend blend>
void colour(const uint8_t* pixel, uint8_t* out, std::span<const float> values,
            const FloatColours& colours, float alpha) {
  for (const float value : values) {
    const std::array<float, 3>& tint = colours[static_cast<size_t>(value * 255 + 0.5f)];
    const float share = blend == Blend::scaled ? alpha * value : alpha;
    for (size_t c = 0; c < 3; ++c) {
      const float base = pixel[c];
      out[c] = static_cast<uint8_t>(base + share * (tint[c] - base) + 0.5f);
    }
    pixel += 3;
    out += 3;
  }
}

void check(const cv::Mat& rgb, const SourceRect& covered, const OverlayStyle& style) {
  if (rgb.empty() || rgb.type() != CV_8UC3) {
    throw std::invalid_argument("overlay: the picture must be 8-bit RGB");
  }
  const bool finite = std::isfinite(covered.x) && std::isfinite(covered.y) &&
                      std::isfinite(covered.width) && std::isfinite(covered.height);
  if (!finite || !(covered.width > 0) || !(covered.height > 0)) {
    throw std::invalid_argument("overlay: the grid covers no pixels");
  }
  if (!(style.alpha >= 0 && style.alpha <= 1)) {
    throw std::invalid_argument("overlay: alpha is not in 0..1");
  }
}

}  // namespace

std::vector<float> normalized(std::span<const float> map, double percentile) {
  if (!(percentile >= 0 && percentile <= 100)) {
    throw std::invalid_argument("normalized: the percentile is not in 0..100");
  }
  std::vector<double> finite;
  std::copy_if(map.begin(), map.end(), std::back_inserter(finite),
               [](float value) { return std::isfinite(value); });
  const auto [least, largest] = std::minmax_element(finite.begin(), finite.end());
  const double low = finite.empty() ? 0 : *least;
  const double range = finite.empty() ? 0 : *largest - low;
  double scale = finite.empty() ? 0 : percentile_of(finite, percentile) - low;
  if (!(scale > 0)) scale = range > 0 ? range : 1;
  std::vector<float> out;
  out.reserve(map.size());
  for (const float value : map) {
    const double part = (value - low) / scale;
    out.push_back(part > 0 ? static_cast<float>(std::min(part, 1.0)) : 0.0f);  // NaN: 0
  }
  return out;
}

SourceRect grid_rect(const SourceRect& seen, ImageSize input, ImageSize grid, int64_t patch) {
  const auto part = [patch](int64_t patches, int64_t pixels) {
    return static_cast<double>(patches * patch) / static_cast<double>(pixels);
  };
  return {seen.x, seen.y, seen.width * part(grid.width, input.width),
          seen.height * part(grid.height, input.height)};
}

cv::Mat overlay(const cv::Mat& rgb, std::span<const float> map, ImageSize grid,
                const SourceRect& covered, const OverlayStyle& style) {
  check(rgb, covered, style);
  const Interval rows = pixels_within(covered.y, covered.height, rgb.rows);
  const Interval cols = pixels_within(covered.x, covered.width, rgb.cols);
  std::vector<double> columns;
  for (int x = cols.begin; x < cols.end; ++x) {
    columns.push_back(grid_position(x, covered.x, covered.width, grid.width));
  }
  const std::vector<float> values = normalized(map, style.percentile);
  const BicubicRows sampler(values, grid, columns);
  const FloatColours colours = float_colours(style.colormap);
  const auto blend = style.blend == Blend::scaled ? colour<Blend::scaled> : colour<Blend::constant>;
  std::vector<float> line(columns.size());

  cv::Mat out(rgb.size(), CV_8UC3);
  for (int y = 0; y < rgb.rows; ++y) {
    const uint8_t* source = rgb.ptr(y);
    uint8_t* target = out.ptr(y);
    if (y < rows.begin || y >= rows.end) {
      dim(source, target, rgb.cols);
      continue;
    }
    sampler.read(grid_position(y, covered.y, covered.height, grid.height), line);
    dim(source, target, cols.begin);
    blend(source + 3 * cols.begin, target + 3 * cols.begin, line, colours,
          static_cast<float>(style.alpha));
    dim(source + 3 * cols.end, target + 3 * cols.end, rgb.cols - cols.end);
  }
  if (style.contour) draw_contours(out, values, grid, covered);
  return out;
}

}  // namespace saccade
