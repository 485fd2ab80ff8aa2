// How the container of a HEIF file crops and turns its primary picture (ISO/IEC 23008-12).
#pragma once

#include <optional>

#include "vision/decode/byte_view.h"
#include "vision/decode/format_reader.h"

namespace saccade {

struct HeifTurn {
  int orientation = 1;  ///< EXIF's value (1-8) for the turns (`irot`) and mirrors (`imir`)
  CanvasPart part;      ///< what is left of the stored picture before it is turned (`clap`)
};

/// Returns whether one of EXIF's values says more than a turn.
inline bool is_mirrored(int orientation) {
  return orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7;
}

/// Reads the properties of the primary picture, which is stored as `width` x `height` pixels.
/// Returns nullopt if the boxes are not understood, or the picture is cropped after it is turned or
/// at an odd place.
std::optional<HeifTurn> find_heif_turn(ByteView file, int64_t width, int64_t height);

}  // namespace saccade
