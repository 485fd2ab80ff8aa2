#include "vision/decode/paired_chroma.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace saccade {
namespace {

/// A pixel without its luma, in R,G,B.
using Chroma = std::array<float, 3>;

class PairedRows {
 public:
  PairedRows(std::span<uint8_t> rgb, int64_t width, const YcbcrMatrix& matrix)
      : rgb_(rgb), width_(width), height_(int64_t(rgb.size()) / (3 * width)), matrix_(matrix) {}

  int64_t height() const { return height_; }

  uint8_t* pixel(int64_t x, int64_t y) const { return &rgb_[size_t((y * width_ + x) * 3)]; }

  float luma(const uint8_t* p) const {
    return float(matrix_.red * p[0] + (1 - matrix_.red - matrix_.blue) * p[1] +
                 matrix_.blue * p[2]);
  }

  /// The chroma of a pair of rows; of two pixels, one that is not clipped counts.
  std::vector<Chroma> chroma_of(int64_t pair) const {
    std::vector<Chroma> row;
    const int64_t first = 2 * pair, second = std::min(first + 1, height_ - 1);
    for (int64_t x = 0; x < width_; ++x) row.push_back(of_two(pixel(x, first), pixel(x, second)));
    return row;
  }

 private:
  Chroma of_two(const uint8_t* a, const uint8_t* b) const {
    if (is_clipped(a) && !is_clipped(b)) a = b;
    if (is_clipped(b) && !is_clipped(a)) b = a;
    const float luma_a = luma(a), luma_b = luma(b);
    Chroma chroma;
    for (size_t c = 0; c < 3; ++c) {
      chroma[c] = (float(a[c]) - luma_a + float(b[c]) - luma_b) / 2;
    }
    return chroma;
  }

  static bool is_clipped(const uint8_t* pixel) {
    return std::any_of(pixel, pixel + 3, [](uint8_t v) { return v == 0 || v == 255; });
  }

  std::span<uint8_t> rgb_;
  int64_t width_, height_;
  YcbcrMatrix matrix_;
};

}  // namespace

void interpolate_paired_rows(std::span<uint8_t> rgb, int64_t width, const YcbcrMatrix& matrix) {
  const PairedRows rows(rgb, width, matrix);
  const int64_t pairs = (rows.height() + 1) / 2;
  std::vector<Chroma> before, here = rows.chroma_of(0), after;
  for (int64_t pair = 0; pair < pairs; ++pair) {
    after = pair + 1 < pairs ? rows.chroma_of(pair + 1) : here;
    if (pair == 0) before = here;
    for (int64_t y = 2 * pair; y < std::min(2 * pair + 2, rows.height()); ++y) {
      const std::vector<Chroma>& far = y % 2 == 0 ? before : after;
      for (int64_t x = 0; x < width; ++x) {
        uint8_t* to = rows.pixel(x, y);
        const float luma = rows.luma(to);
        for (size_t c = 0; c < 3; ++c) {
          const float value = luma + (3 * here[size_t(x)][c] + far[size_t(x)][c]) / 4;
          to[c] = uint8_t(std::lround(std::clamp(value, 0.0f, 255.0f)));
        }
      }
    }
    before = std::move(here);
    here = std::move(after);
  }
}

}  // namespace saccade
