// The size of the coded pictures in an HEIF file. libheif decodes them whole before it compares
// them with the size that the file claims.
#pragma once

#include <cstdint>

#include "vision/decode/byte_view.h"

namespace saccade {

/// Returns the pixels of the largest picture that an HEVC configuration in the file describes
/// (ISO/IEC 14496-15, 8.3.3.1; ITU-T H.265, 7.3.2.2), or 0 if there is none that can be read.
uint64_t largest_hevc_picture(ByteView file);

}  // namespace saccade
