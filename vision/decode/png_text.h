// Texts in a PNG: tEXt, zTXt and iTXt chunks, of which two hold metadata.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vision/decode/byte_view.h"

namespace saccade {

/// The longest text that is decompressed, which is Pillow's limit.
inline constexpr size_t kMaxPngText = 1 << 20;

/// Returns the keyword of a chunk of type `type`, or "" if it is no text chunk or has none.
std::string_view png_text_keyword(std::string_view type, ByteView data);

/// Returns the text of a chunk of type `type`, or nullopt if it is no text chunk, has no keyword,
/// or cannot be decompressed to at most kMaxPngText bytes.
std::optional<std::string> read_png_text(std::string_view type, ByteView data);

/// Returns the bytes of a "Raw profile type ..." text: three lines of heading, then hexadecimal
/// digits and white space. Returns none if it is malformed.
std::vector<std::byte> bytes_of_raw_profile(std::string_view text);

}  // namespace saccade
