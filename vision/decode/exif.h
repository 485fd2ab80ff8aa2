// The orientation that a camera noted: EXIF tag 274, or tiff:Orientation of XMP.
#pragma once

#include <cstddef>
#include <span>

namespace saccade {

/// The orientation of a picture with these metadata blocks, either of which may be empty. XMP
/// counts only where EXIF has no such tag, as in Pillow's Image.getexif. Unreadable blocks count as
/// absent; 1 where there is none. The value is not checked: see ImageHeader::orientation. `exif` is
/// a TIFF structure, with or without "Exif\0\0" before it; `xmp` is the packet's text.
int find_orientation(std::span<const std::byte> exif, std::span<const std::byte> xmp);

}  // namespace saccade
