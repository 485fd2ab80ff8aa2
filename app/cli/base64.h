// Bytes as text.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

/// RFC 4648, section 4: with padding, without line breaks.
std::string base64(std::span<const std::byte> bytes);

/// The bytes that base64() made `text` of; nullopt where there are none.
std::optional<std::string> from_base64(std::string_view text);

/// The length of what base64() makes of `bytes` bytes.
constexpr size_t base64_size(size_t bytes) { return (bytes + 2) / 3 * 4; }

}  // namespace saccade
