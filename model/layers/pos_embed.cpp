#include "model/layers/pos_embed.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

// Keys' cubic convolution kernel.
double cubic(double x, double a) {
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

struct Tap {
  int64_t source;
  double weight;
};
using Taps = std::vector<std::vector<Tap>>;  // one list for each output position

// Four taps around the centre; those beyond the edge repeat it.
Taps plain_taps(int64_t in, int64_t out) {
  Taps taps(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (double(i) + 0.5) * double(in) / double(out) - 0.5;
    const auto base = static_cast<int64_t>(std::floor(centre));
    for (int64_t j = base - 1; j <= base + 2; ++j) {
      taps[size_t(i)].push_back(
          {std::clamp<int64_t>(j, 0, in - 1), cubic(centre - double(j), -0.75)});
    }
  }
  return taps;
}

// The two around the centre; beyond the edge, the edge.
Taps linear_taps(int64_t in, int64_t out, bool corners_aligned) {
  const double step = out > 1 ? double(in - 1) / double(out - 1) : 0;  // from corner to corner
  Taps taps(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double scaled = (double(i) + 0.5) * double(in) / double(out) - 0.5;
    const double centre =
        corners_aligned ? double(i) * step : std::clamp(scaled, 0.0, double(in - 1));
    const auto base = static_cast<int64_t>(centre);
    const double part = centre - double(base);
    taps[size_t(i)] = {{base, 1 - part}, {std::min(base + 1, in - 1), part}};
  }
  return taps;
}

// All taps under the kernel, widened when shrinking and normalized; none beyond the edge.
Taps antialias_taps(int64_t in, int64_t out) {
  const double scale = double(in) / double(out);
  const double stretch = std::max(scale, 1.0);
  Taps taps(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (double(i) + 0.5) * scale;
    const auto low = std::max<int64_t>(static_cast<int64_t>(centre - 2 * stretch + 0.5), 0);
    const auto high = std::min<int64_t>(static_cast<int64_t>(centre + 2 * stretch + 0.5), in);
    double total = 0;
    for (int64_t j = low; j < high; ++j) {
      const double weight = cubic((double(j) - centre + 0.5) / stretch, -0.5);
      taps[size_t(i)].push_back({j, weight});
      total += weight;
    }
    for (Tap& tap : taps[size_t(i)]) tap.weight /= total;
  }
  return taps;
}

// In a geometric progression from the middle, 1, 1 + q, 1 + q + q², ..., so chosen that it ends
// where the other grid does: where the known values lie, in steps of that grid.
std::vector<double> geometric_places(int64_t in, int64_t out) {
  const int64_t half = in / 2;
  double low = 1.01, high = 1.5, q = 0;
  while (high - low > 1e-6) {
    q = (low + high) / 2;
    const double last = (1 - std::pow(q, double(half))) / (1 - q);
    (last > double(out / 2) ? high : low) = q;
  }
  std::vector<double> places(static_cast<size_t>(2 * half + 1));
  double distance = 0;
  for (int64_t i = 1; i <= half; ++i) {
    distance += std::pow(q, double(i - 1));
    places[size_t(half + i)] = distance;
    places[size_t(half - i)] = -distance;
  }
  return places;
}

// The two known values around; beyond the last, the last. Both counts are odd.
Taps geometric_taps(int64_t in, int64_t out) {
  const std::vector<double> places = geometric_places(in, out);
  Taps taps(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const double x = std::clamp(double(i - out / 2), places.front(), places.back());
    const auto above = std::lower_bound(places.begin(), places.end(), x);
    const int64_t right = above - places.begin(), left = std::max<int64_t>(right - 1, 0);
    const double gap = places[size_t(right)] - places[size_t(left)];
    const double part = gap > 0 ? (x - places[size_t(left)]) / gap : 1;
    taps[size_t(i)] = {{left, 1 - part}, {right, part}};
  }
  return taps;
}

Taps make_taps(PosEmbedResize kind, int64_t in, int64_t out) {
  switch (kind) {
    case PosEmbedResize::bicubic_antialias:
      return antialias_taps(in, out);
    case PosEmbedResize::bicubic:
      return plain_taps(in, out);
    case PosEmbedResize::bilinear:
      return linear_taps(in, out, /*corners_aligned=*/false);
    case PosEmbedResize::bilinear_corners:
      return linear_taps(in, out, /*corners_aligned=*/true);
    case PosEmbedResize::geometric:
      return geometric_taps(in, out);
  }
  return {};
}

// Weighs whole blocks of `block` values: `in` blocks -> taps.size() blocks.
std::vector<float> apply(const Taps& taps, std::span<const float> in, int64_t block) {
  std::vector<float> out(taps.size() * size_t(block));
  std::vector<double> sum(static_cast<size_t>(block));
  for (size_t i = 0; i < taps.size(); ++i) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (const Tap& tap : taps[i]) {
      const float* source = in.data() + tap.source * block;
      for (size_t c = 0; c < sum.size(); ++c) sum[c] += tap.weight * double(source[c]);
    }
    std::transform(sum.begin(), sum.end(), out.begin() + std::ptrdiff_t(i * size_t(block)),
                   [](double value) { return static_cast<float>(value); });
  }
  return out;
}

}  // namespace

std::vector<float> resize_pos_embed(std::span<const float> table, ImageSize from, ImageSize to,
                                    int64_t dim, PosEmbedResize kind) {
  const Taps across = make_taps(kind, from.width, to.width);
  std::vector<float> wide;  // [from.height, to.width, dim]
  for (int64_t row = 0; row < from.height; ++row) {
    const auto line = table.subspan(size_t(row * from.width * dim), size_t(from.width * dim));
    const std::vector<float> resized = apply(across, line, dim);
    wide.insert(wide.end(), resized.begin(), resized.end());
  }
  return apply(make_taps(kind, from.height, to.height), wide, to.width * dim);
}

}  // namespace saccade
