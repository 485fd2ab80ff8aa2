// Lists and whole numbers, from text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace saccade {

/// The parts of `text` between separators; one where there is none.
std::vector<std::string_view> split(std::string_view text, char separator);

/// `text` as a whole number of digits alone; nullopt where it is none, or larger than `high`.
std::optional<int64_t> parse_count(std::string_view text, int64_t high);

}  // namespace saccade
