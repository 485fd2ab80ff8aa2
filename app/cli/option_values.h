// Parses the values of options. Every function throws UsageError, which names the option, the
// expected values and the text found.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/command_line.h"
#include "app/system/parse_text.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

[[noreturn]] void refuse_value(std::string_view option, std::string_view wanted,
                               std::string_view found);

/// A whole number from `low` to `high`. Returns nullopt if the option is absent, as do all below.
std::optional<int64_t> integer_value(const ParsedArguments& arguments, std::string_view option,
                                     int64_t low, int64_t high);

/// A finite number from `low` to `high`.
std::optional<double> number_value(const ParsedArguments& arguments, std::string_view option,
                                   double low, double high);

/// "N" or "HxW", each from 1 to 16384.
std::optional<ImageSize> size_value(const ParsedArguments& arguments, std::string_view option);

/// One number for all channels or three separated by commas, each from `low` to `high`.
std::optional<std::array<double, 3>> channels_value(const ParsedArguments& arguments,
                                                    std::string_view option, double low,
                                                    double high);

/// The words that an option accepts, with their values.
template <typename Value, size_t N>
using Choices = std::array<std::pair<std::string_view, Value>, N>;

template <typename Value, size_t N>
Value parse_choice(std::string_view option, const Choices<Value, N>& table, std::string_view text) {
  std::string names;
  for (const auto& [name, value] : table) {
    if (text == name) return value;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  }
  refuse_value(option, "one of " + names, text);
}

template <typename Value, size_t N>
std::optional<Value> choice_value(const ParsedArguments& arguments, std::string_view option,
                                  const Choices<Value, N>& table) {
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  return parse_choice(option, table, *text);
}

}  // namespace saccade
