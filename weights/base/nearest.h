// What a mistyped word was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace saccade {

/// The candidate that `word` begins, or else the one with the fewest edits (insert, delete,
/// replace, swap neighbours), if they are few for the word's length.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

}  // namespace saccade
