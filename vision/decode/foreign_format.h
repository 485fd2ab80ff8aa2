// Names files that Saccade does not read, so that the error says what they are.
#pragma once

#include <string>

#include "vision/decode/byte_view.h"

namespace saccade {

/// Returns what the file is by its bytes: "a PDF document", "a Nikon raw photo (NEF)", or "not a
/// picture of a known format".
std::string name_foreign_format(ByteView file);

/// Returns the kind of camera raw file that this TIFF structure is, or "" if it is none. Their
/// first picture is usually a thumbnail, so reading it as a TIFF would be wrong.
std::string name_camera_raw(ByteView tiff);

}  // namespace saccade
