// Base64, RFC 4648 section 4: with padding, without line breaks.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

std::string base64(std::span<const std::byte> bytes);

/// Decodes `text`. Returns nullopt unless it is exactly what base64() writes: whitespace, missing
/// padding and nonzero bits after the last byte are refused.
std::optional<std::string> from_base64(std::string_view text);

/// The length of base64() of `bytes` bytes.
constexpr size_t base64_size(size_t bytes) { return (bytes + 2) / 3 * 4; }

}  // namespace saccade
