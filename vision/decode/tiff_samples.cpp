#include "vision/decode/tiff_samples.h"

#include <algorithm>
#include <cstring>

namespace saccade {
namespace {

constexpr uint64_t signed_samples = 2, floating_samples = 3;

/// Returns the sample at index `i`, as a number. Samples of 12 bits are packed.
double grey_sample(const TiffKind& kind, const uint8_t* row, size_t i) {
  const auto read = [&]<typename T>(T value) {
    std::memcpy(&value, row + i * sizeof value, sizeof value);
    return double(value);
  };
  switch (kind.depth) {
    case 8:
      return row[i];
    case 12: {
      const uint8_t* at = row + i / 2 * 3;
      return i % 2 == 0 ? at[0] << 4 | at[1] >> 4 : (at[1] & 0xF) << 8 | at[2];
    }
    case 16:
      return kind.format == signed_samples ? read(int16_t{}) : read(uint16_t{});
    default:
      if (kind.format == floating_samples) return read(float{});
      return read(int32_t{});  // Pillow takes unsigned ones so, too
  }
}

/// Clips to a byte; what is no number becomes 0.
uint8_t clipped(double value) {
  if (!(value > 0)) return 0;
  return value >= 255 ? 255 : uint8_t(value);
}

/// The high byte of a sample of 8 or 16 bits.
uint8_t high_byte(const TiffKind& kind, const uint8_t* row, size_t i) {
  if (kind.depth == 8) return row[i];
  uint16_t value;
  std::memcpy(&value, row + 2 * i, 2);
  return uint8_t(value >> 8);
}

/// Undoes the multiplication by alpha.
uint8_t divided(uint8_t value, uint8_t alpha) {
  if (alpha == 0) return 0;
  return uint8_t(std::min(255, 255 * value / alpha));
}

/// Pillow's cmyk2rgb: (255 - ink) * (255 - black) / 255, rounded.
uint8_t without_ink(uint8_t ink, uint8_t black) {
  const int light = 255 - black;
  const int product = ink * light + 128;
  return uint8_t(std::clamp(light - (((product >> 8) + product) >> 8), 0, 255));
}

void cmyk_pixel(const uint8_t* inks, uint8_t* rgb) {
  for (int c = 0; c < 3; ++c) rgb[c] = without_ink(inks[c], inks[3]);
}

}  // namespace

bool has_tiff_samples(const TiffKind& kind) {
  const bool bytes = kind.depth == 8 || kind.depth == 16;
  switch (kind.photometric) {
    case 0:
    case 1:
      if (kind.samples == 2) return kind.depth == 8 && kind.format == 1;
      if (kind.samples != 1) return false;
      if (kind.depth == 8) return kind.format <= signed_samples;
      if (kind.depth == 12) return kind.format == 1 && kind.photometric == 1;
      if (kind.depth == 16) return kind.format <= signed_samples;
      return kind.depth == 32 && kind.format <= floating_samples;
    case 2:
      return kind.format == 1 && bytes && kind.samples >= 3 && kind.samples <= 6;
    case 3:
      return kind.format == 1 && kind.depth == 8 && kind.samples <= 2;
    case 5:
      return kind.format == 1 && bytes && kind.samples >= 4 && kind.samples <= 6;
    default:
      return false;
  }
}

void tiff_samples_to_rgb(const TiffKind& kind, std::span<const uint8_t> row,
                         std::span<const uint8_t> palette, std::span<uint8_t> rgb) {
  constexpr uint64_t white_is_zero = 0, colour = 2, indexed = 3, inks = 5, premultiplied = 1;
  const size_t samples = size_t(kind.samples);
  for (size_t x = 0; x < rgb.size() / 3; ++x) {
    uint8_t* to = &rgb[3 * x];
    if (kind.photometric == colour || kind.photometric == inks) {
      uint8_t values[4] = {};
      for (size_t c = 0; c < std::min<size_t>(samples, 4); ++c) {
        values[c] = high_byte(kind, row.data(), x * samples + c);
      }
      const bool divide = kind.photometric == colour && samples > 3 && kind.extra == premultiplied;
      if (kind.photometric == inks) cmyk_pixel(values, to);
      for (size_t c = 0; c < 3 && kind.photometric == colour; ++c) {
        to[c] = divide ? divided(values[c], values[3]) : values[c];
      }
    } else if (kind.photometric == indexed) {
      for (size_t c = 0; c < 3; ++c) to[c] = palette[256 * c + row[x * samples]];
    } else {
      uint8_t grey = clipped(grey_sample(kind, row.data(), x * samples));
      if (kind.photometric == white_is_zero && kind.depth == 8) grey = uint8_t(255 - grey);
      if (samples == 2 && kind.extra == premultiplied) grey = divided(grey, row[x * 2 + 1]);
      std::fill_n(to, 3, grey);
    }
  }
}

}  // namespace saccade
