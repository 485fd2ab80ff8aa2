#include "vision/decode/jpeg2000_cost.h"

#include <algorithm>

namespace saccade {
namespace {

constexpr uint64_t cod_marker = 0xFF52, coc_marker = 0xFF53, sot_marker = 0xFF90,
                   sod_marker = 0xFF93, eoc_marker = 0xFFD9;

struct Sizes {
  uint64_t width = 0, height = 0, tile_width = 0, tile_height = 0, components = 0;

  uint64_t tiles() const {
    return (width + tile_width - 1) / tile_width * ((height + tile_height - 1) / tile_height);
  }
  uint64_t tile_pixels() const {
    return std::min(width, tile_width) * std::min(height, tile_height);
  }
};

/// What the styles say that costs most.
struct Styles {
  uint64_t least_block = UINT64_MAX;     ///< pixels of a code-block
  uint64_t least_precinct = UINT64_MAX;  ///< pixels of a precinct
  uint64_t layers = 1, levels = 0;
};

/// Reads the part that COD and COC have in common, from the number of levels on (table A.20).
void read_style(ByteView stream, uint64_t at, bool has_precincts, Styles& styles) {
  const uint64_t levels = stream.u8(at) & 63;
  const auto exponent = [&](uint64_t place) {
    return std::min<int>(stream.u8(place) & 15, 15) + 2;
  };
  styles.levels = std::max(styles.levels, levels);
  styles.least_block =
      std::min(styles.least_block, uint64_t{1} << (exponent(at + 1) + exponent(at + 2)));
  for (uint64_t i = 0; has_precincts && i <= levels; ++i) {
    const uint8_t both = stream.u8(at + 5 + i);
    styles.least_precinct = std::min(styles.least_precinct, uint64_t{1} << (both / 16 + both % 16));
  }
}

void read_styles(ByteView stream, Styles& styles) {
  for (uint64_t at = 2, tile = 0; stream.has(at, 12);) {
    const uint64_t marker = stream.big(at, 2);
    if (marker == eoc_marker) return;
    if (marker == sod_marker) {  // on to the next tile-part, of which 0 is the last
      const uint64_t length = stream.big(tile + 6, 4);
      if (tile + length <= at) return;  // it ends before it begins
      at = tile + length;
      continue;
    }
    if (marker == sot_marker) tile = at;
    if (marker == cod_marker) {
      styles.layers = std::max(styles.layers, stream.big(at + 6, 2));
      read_style(stream, at + 9, stream.u8(at + 4) & 1, styles);
    }
    if (marker == coc_marker) read_style(stream, at + 6, stream.u8(at + 5) & 1, styles);
    at += 2 + std::max<uint64_t>(stream.big(at + 2, 2), 2);
  }
}

}  // namespace

uint64_t jpeg2000_bytes(ByteView stream, uint64_t channels) {
  const auto side = [&](uint64_t end, uint64_t start) {
    const uint64_t from = stream.big(start, 4), to = stream.big(end, 4);
    return to > from ? to - from : 0;
  };
  Sizes sizes{side(8, 16), side(12, 20), stream.big(24, 4), stream.big(28, 4), stream.big(40, 2)};
  if (sizes.tile_width == 0 || sizes.tile_height == 0)
    throw ImageError("JPEG 2000 tiles of no size");
  Styles styles;
  read_styles(stream, styles);
  constexpr uint64_t sample = 4, rgb = 3;
  constexpr uint64_t tile_bytes = 6000, tile_component_bytes = 1200;  // OpenJPEG's parameters
  constexpr uint64_t node = 1024;  // of a code-block or precinct: itself, its segments, its trees
  constexpr uint64_t working = 4 << 20;
  const uint64_t pixels = sizes.width * sizes.height, tile = sizes.tile_pixels();
  const uint64_t precincts = tile / styles.least_precinct + styles.levels + 1;
  // Subbands are a third more than the picture, and each level has at least one block a subband.
  const uint64_t blocks = tile * 4 / 3 / styles.least_block + 3 * (styles.levels + 1);
  return pixels * (rgb + sample * channels) +
         sizes.components * (tile * sample + (blocks + 3 * precincts) * node +
                             2 * precincts * styles.layers * (styles.levels + 1)) +
         sizes.tiles() * (tile_bytes + tile_component_bytes * sizes.components) + working;
}

}  // namespace saccade
