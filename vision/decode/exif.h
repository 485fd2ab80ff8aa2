// The orientation in a picture's metadata: EXIF tag 274 or tiff:Orientation in XMP.
#pragma once

#include <cstddef>
#include <span>

namespace saccade {

/// Returns the orientation in two metadata blocks, either of which may be empty, or 1 if neither
/// has one. `exif` is a TIFF structure, with or without "Exif\0\0" before it; `xmp` is the text of
/// the packet. XMP is used only if EXIF has no orientation, as in Pillow's Image.getexif. Ignores
/// blocks that it cannot read. Does not check the value: see ImageHeader::orientation.
int find_orientation(std::span<const std::byte> exif, std::span<const std::byte> xmp);

}  // namespace saccade
