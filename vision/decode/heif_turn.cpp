#include "vision/decode/heif_turn.h"

#include <string_view>
#include <vector>

#include "vision/decode/iso_boxes.h"

namespace saccade {
namespace {

struct Property {
  std::string_view type;
  ByteView content;
};

/// What the `meta` box says of its items' properties.
struct HeifProperties {
  uint64_t primary = 0;
  std::vector<Property> all;
  std::vector<ByteView> associations;  ///< contents of `ipma` boxes
};

HeifProperties read_properties(ByteView file) {
  HeifProperties found;
  const auto visit_iprp = [&](std::string_view type, ByteView box) {
    if (type == "ipma") found.associations.push_back(box);
    if (type != "ipco") return true;
    visit_boxes(box, [&](std::string_view name, ByteView content) {
      found.all.push_back({name, content});
      return true;
    });
    return true;
  };
  const auto visit_meta = [&](std::string_view type, ByteView box) {
    if (type == "pitm") found.primary = box.big(4, box.u8(0) == 0 ? 2 : 4);
    if (type == "iprp") visit_boxes(box, visit_iprp);
    return true;
  };
  visit_boxes(file, [&](std::string_view type, ByteView box) {
    if (type == "meta") visit_boxes(ByteView(box.slice(4, box.size() - 4)), visit_meta);
    return type != "meta";
  });
  return found;
}

/// Returns the numbers of an item's properties, from 1, in their order.
std::vector<uint64_t> properties_of(uint64_t item, ByteView ipma) {
  const bool wide_items = ipma.u8(0) != 0, wide_indices = ipma.u8(3) & 1;
  std::vector<uint64_t> indices;
  uint64_t at = 8;
  for (uint64_t left = ipma.big(4, 4); left > 0; --left) {
    const uint64_t id = ipma.big(at, wide_items ? 4 : 2);
    at += wide_items ? 4 : 2;
    const uint64_t count = ipma.u8(at++);
    for (uint64_t i = 0; i < count; ++i, at += wide_indices ? 2 : 1) {
      const uint64_t index = wide_indices ? ipma.big(at, 2) & 0x7FFF : ipma.u8(at) & 0x7Fu;
      if (id == item) indices.push_back(index);
    }
  }
  return indices;
}

/// A picture mirrored left to right or not, and then turned anticlockwise.
struct HeifTurns {
  bool mirrored = false;
  int turns = 0;

  void turn(int more) { turns = (turns + more) & 3; }
  void mirror(bool left_right) {
    mirrored = !mirrored;
    turns = (left_right ? 4 - turns : 6 - turns) & 3;
  }
  int orientation() const {
    constexpr int plain[] = {1, 8, 3, 6}, after_mirror[] = {2, 5, 4, 7};
    return mirrored ? after_mirror[turns] : plain[turns];
  }
};

struct Span {
  int64_t start, length;
};

/// Reads a length and the offset of its middle from that of `whole` (ISO/IEC 14496-12, 12.1.4).
/// Throws ImageError unless it is a whole number of pixels from an even one on, inside `whole`.
Span read_clean_aperture(ByteView clap, uint64_t length_at, uint64_t offset_at, int64_t whole) {
  const int64_t length = int64_t(clap.big(length_at, 4));
  const int64_t offset = int32_t(clap.big(offset_at, 4));
  const int64_t parts = int64_t(clap.big(offset_at + 4, 4));
  constexpr int64_t most_parts = 1 << 16;
  const bool usual = clap.big(length_at + 4, 4) == 1 && parts >= 1 && parts <= most_parts;
  if (!usual || length < 1 || length > whole) throw ImageError("an unusual clean aperture");
  const int64_t start = (2 * offset + (whole - length) * parts) / (2 * parts);
  if (start < 0 || start % 2 != 0 || start + length > whole) {
    throw ImageError("an unusual clean aperture");
  }
  return {start, length};
}

}  // namespace

std::optional<HeifTurn> find_heif_turn(ByteView file, int64_t width, int64_t height) {
  HeifTurn turn{1, {0, 0, width, height}};
  try {
    const HeifProperties found = read_properties(file);
    HeifTurns turns;
    for (const ByteView ipma : found.associations) {
      for (const uint64_t index : properties_of(found.primary, ipma)) {
        if (index == 0 || index > found.all.size()) continue;
        const auto& [type, content] = found.all[size_t(index - 1)];
        if (type == "irot") turns.turn(content.u8(0) & 3);
        if (type == "imir") turns.mirror(content.u8(0) & 1);
        if (type != "clap") continue;
        if (turns.orientation() != 1) return std::nullopt;
        const Span across = read_clean_aperture(content, 0, 16, width);
        const Span down = read_clean_aperture(content, 8, 24, height);
        turn.part = {across.start, down.start, across.length, down.length};
      }
    }
    turn.orientation = turns.orientation();
    return turn;
  } catch (const ImageError&) {
    return std::nullopt;
  }
}

}  // namespace saccade
