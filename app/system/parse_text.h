// Parses lists and whole numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace saccade {

/// The parts of `text` between separators; one part if there is no separator.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Parses a whole number without sign. Returns nullopt for other text and for numbers above `high`.
std::optional<int64_t> parse_count(std::string_view text, int64_t high);

}  // namespace saccade
