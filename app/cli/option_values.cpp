#include "app/cli/option_values.h"

#include <charconv>
#include <limits>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

template <typename Number>
std::optional<Number> parse_all_of(std::string_view text, Number low, Number high) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = error == std::errc() && end == text.data() + text.size();
  if (!all || !(number >= low && number <= high)) return std::nullopt;  // NaN fails too
  return number;
}

}  // namespace

void refuse_value(std::string_view option, std::string_view wanted, std::string_view found) {
  throw UsageError(fmt::format("--{}: wanted {}, found {}", option, wanted, quote(found)));
}

std::optional<int64_t> integer_value(const ParsedArguments& arguments, std::string_view option,
                                     int64_t low, int64_t high) {
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  auto number = parse_all_of<int64_t>(*text, low, high);
  const bool digits_only =
      !text->empty() && text->find_first_not_of("0123456789") == std::string::npos;
  if (!number && high == std::numeric_limits<int64_t>::max() && digits_only && text->size() > 18) {
    number = high;  // a number too large for the type means "all"
  }
  if (!number) {
    const bool open_ended = high == std::numeric_limits<int64_t>::max();
    refuse_value(option,
                 open_ended ? fmt::format("a whole number of at least {}", low)
                            : fmt::format("a whole number from {} to {}", low, high),
                 *text);
  }
  return number;
}

std::optional<double> number_value(const ParsedArguments& arguments, std::string_view option,
                                   double low, double high) {
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  const auto number = parse_all_of<double>(*text, low, high);
  if (!number) refuse_value(option, fmt::format("a number from {} to {}", low, high), *text);
  return number;
}

std::optional<ImageSize> size_value(const ParsedArguments& arguments, std::string_view option) {
  constexpr int64_t kMaxSide = 16384;
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  const std::vector<std::string_view> sides = split(*text, 'x');
  const auto height = parse_all_of<int64_t>(sides.front(), 1, kMaxSide);
  const auto width = parse_all_of<int64_t>(sides.back(), 1, kMaxSide);
  if (!height || !width || sides.size() > 2) {
    refuse_value(option, fmt::format("N or HxW in pixels, from 1 to {}", kMaxSide), *text);
  }
  return ImageSize{*height, *width};
}

std::optional<std::array<double, 3>> channels_value(const ParsedArguments& arguments,
                                                    std::string_view option, double low,
                                                    double high) {
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  const std::vector<std::string_view> parts = split(*text, ',');
  std::array<double, 3> channels{};
  bool good = parts.size() == 1 || parts.size() == channels.size();
  for (size_t c = 0; good && c < channels.size(); ++c) {
    const auto number = parse_all_of<double>(parts[parts.size() == 1 ? 0 : c], low, high);
    good = number.has_value();
    channels[c] = number.value_or(0);
  }
  if (!good) {
    refuse_value(option, fmt::format("R,G,B or one number for all, from {} to {}", low, high),
                 *text);
  }
  return channels;
}

}  // namespace saccade
