#include "vision/decode/ycbcr.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

constexpr double bt2020_red = 0.2627;

/// The constants of libyuv's YuvConstants.
struct FixedPoint {
  int luma, luma_bias;
  int red_v, green_u, green_v, blue_u;

  explicit FixedPoint(const YcbcrMatrix& matrix) {
    const double green = 1 - matrix.red - matrix.blue;
    const double chroma = matrix.full_range ? 1 : 255.0 / 224;
    // libyuv rounds 255 / 219 except for BT.2020, and its blue factor has 7 bits.
    const double gain = matrix.red == bt2020_red ? 1.164384 : 1.164;
    const double luma_scale = matrix.full_range ? 1 : gain;
    luma = rounded(luma_scale * 64 * 65536 / 257);
    luma_bias = matrix.full_range ? 32 : rounded(-luma_scale * 64 * 16 + 32);
    red_v = rounded(64 * chroma * 2 * (1 - matrix.red));
    blue_u = std::min(128, rounded(64 * chroma * 2 * (1 - matrix.blue)));
    green_u = rounded(64 * chroma * 2 * matrix.blue * (1 - matrix.blue) / green);
    green_v = rounded(64 * chroma * 2 * matrix.red * (1 - matrix.red) / green);
  }

  void convert(uint8_t y, int u, int v, uint8_t* rgb) const {
    const int base = int(uint32_t(y) * 0x101 * uint32_t(luma) >> 16) + luma_bias;
    rgb[0] = clamped(base + (v - 128) * red_v);
    rgb[1] = clamped(base - (u - 128) * green_u - (v - 128) * green_v);
    rgb[2] = clamped(base + (u - 128) * blue_u);
  }

 private:
  static int rounded(double value) { return int(std::floor(value + 0.5)); }
  static uint8_t clamped(int value) { return uint8_t(std::clamp(value >> 6, 0, 255)); }
};

/// Which two samples of a halved row or column lie around a position, and their weights of 4.
struct Taps {
  int64_t near, far;
  int near_weight, far_weight;
};

Taps taps_at(int64_t position, int64_t count, bool halved) {
  if (!halved) return {position, position, 4, 0};
  const int64_t near = position / 2;
  const int64_t far = position % 2 == 0 ? near - 1 : near + 1;
  return {near, std::clamp<int64_t>(far, 0, count - 1), 3, 1};
}

/// Interpolates one chroma plane for a row of the picture.
class ChromaRow {
 public:
  ChromaRow(const SamplePlane& chroma, const SamplePlane& luma)
      : chroma_(chroma),
        wide_(chroma.width == luma.width),
        high_(chroma.height == luma.height),
        samples_(static_cast<size_t>(luma.width)) {}

  const std::vector<int>& at(int64_t y) {
    const Taps rows = taps_at(y, chroma_.height, !high_);
    const uint8_t* near = chroma_.row(rows.near);
    const uint8_t* far = chroma_.row(rows.far);
    const int64_t width = int64_t(samples_.size());
    for (int64_t x = 0; x < width; ++x) {
      Taps columns = taps_at(x, chroma_.width, !wide_);
      if (x == width - 1) columns = {columns.near, columns.near, 4, 0};
      const auto across = [&](const uint8_t* row) {
        return columns.near_weight * row[columns.near] + columns.far_weight * row[columns.far];
      };
      samples_[size_t(x)] =
          (rows.near_weight * across(near) + rows.far_weight * across(far) + 8) >> 4;
    }
    return samples_;
  }

 private:
  const SamplePlane& chroma_;
  bool wide_, high_;
  std::vector<int> samples_;
};

}  // namespace

std::optional<YcbcrMatrix> find_ycbcr_matrix(int coefficients, bool full_range) {
  switch (coefficients) {
    case 1:
      return YcbcrMatrix{0.2126, 0.0722, full_range};  // BT.709
    case 4:
      return YcbcrMatrix{0.30, 0.11, full_range};  // FCC
    case 7:
      return YcbcrMatrix{0.212, 0.087, full_range};  // SMPTE 240
    case 9:
      return YcbcrMatrix{bt2020_red, 0.0593, full_range};
    case 2:
    case 5:
    case 6:
      return YcbcrMatrix{0.299, 0.114, full_range};  // BT.601
    default:
      return std::nullopt;
  }
}

void ycbcr_to_rgb(const YcbcrPicture& picture, const YcbcrMatrix& matrix, std::span<uint8_t> rgb) {
  const FixedPoint constants(matrix);
  const SamplePlane& luma = picture.luma;
  const bool grey = picture.blue_chroma.samples.empty();
  ChromaRow blue(picture.blue_chroma, luma), red(picture.red_chroma, luma);
  const std::vector<int> neutral(static_cast<size_t>(luma.width), 128);
  for (int64_t y = 0; y < luma.height; ++y) {
    const std::vector<int>& u = grey ? neutral : blue.at(y);
    const std::vector<int>& v = grey ? neutral : red.at(y);
    const uint8_t* row = luma.row(y);
    uint8_t* to = rgb.data() + y * luma.width * 3;
    for (size_t x = 0; x < size_t(luma.width); ++x)
      constants.convert(row[x], u[x], v[x], to + 3 * x);
  }
}

}  // namespace saccade
