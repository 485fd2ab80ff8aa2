// What decoding a JPEG 2000 codestream costs in memory, from its markers.
#pragma once

#include <cstdint>

#include "vision/decode/byte_view.h"

namespace saccade {

/// Returns an upper bound, in bytes, of what OpenJPEG takes to decode the codestream (ISO/IEC
/// 15444-1, annex A) and of the R,G,B picture. Looks at the main header and at those of the
/// tile-parts that lie within `stream`. `channels` is how many components the picture has once its
/// palette is applied. Throws ImageError if a marker is cut off.
uint64_t jpeg2000_bytes(ByteView stream, uint64_t channels);

}  // namespace saccade
