// A TIFF that libtiff reads although its directory is cut off, or lacks a tag.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "vision/decode/tiff_directory.h"

namespace saccade {

/// Returns a copy of `file` with a directory at its end that has the entries of `directory`, which
/// was read from it, and the values of `tags` in place of its own.
std::vector<std::byte> with_new_directory(ByteView file, const TiffDirectory& directory,
                                          const std::map<uint16_t, std::vector<uint64_t>>& tags);

}  // namespace saccade
