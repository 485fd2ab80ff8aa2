#include "app/pipeline/resource_options.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "app/cli/option_values.h"

namespace saccade {
namespace {

constexpr int64_t kMost = 1024;          // limit for threads, streams and batch sizes
constexpr int64_t kLongest = 1'000'000;  // limit for a time, in seconds

/// Returns nullopt for "auto", as if the option were absent.
std::optional<int64_t> automatic_value(const ParsedArguments& arguments, std::string_view option) {
  if (arguments.value(option) == "auto") return std::nullopt;
  return integer_value(arguments, option, 1, kMost);
}

std::optional<int> automatic_count(const ParsedArguments& arguments, std::string_view option) {
  const std::optional<int64_t> value = automatic_value(arguments, option);
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

std::optional<uint64_t> memory_value(const ParsedArguments& arguments, std::string_view option) {
  constexpr std::array<std::pair<char, int>, 4> kUnits{
      {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}}};
  const std::optional<std::string> text = arguments.value(option);
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  int shift = 0;
  for (const auto& [unit, bits] : kUnits) {
    if (!digits.ends_with(unit)) continue;
    shift = bits;
    digits.remove_suffix(1);
    break;
  }
  const auto number = parse_count(digits, std::numeric_limits<int64_t>::max() >> shift);
  if (!number || *number == 0) {
    refuse_value(option, "bytes as a whole number, with a suffix K, M, G or T (powers of 1024)",
                 *text);
  }
  return static_cast<uint64_t>(*number) << shift;
}

}  // namespace

OptionGroup resource_options() {
  return {"Cores and memory",
          {{"batch-size", 0, "N", "pictures per batch; default auto"},
           {"streams", 0, "N",
            "batches that run at the same time, each on its share of the threads; default auto"},
           {"decode-threads", 0, "N", "threads that read pictures; default auto"},
           {"decode", 0, "HOW",
            "exact (the default), or fast: large JPEGs are decoded at reduced size, which changes "
            "scores a little"},
           {"max-memory", 0, "SIZE",
            "memory limit of the program, e.g. 500M or 4G; default: a quarter of the machine's "
            "memory, or what the model needs if that is more"},
           {"picture-timeout", 0, "SECONDS",
            "a picture that takes longer to decode fails; default 60, 0 for no limit"}}};
}

bool fast_decode(const ParsedArguments& arguments) {
  constexpr Choices<bool, 2> kDecoding{{{"exact", false}, {"fast", true}}};
  return choice_value(arguments, "decode", kDecoding).value_or(false);
}

ResourceRequest resource_request(const ParsedArguments& arguments, std::optional<int> threads) {
  ResourceRequest request;
  request.threads = threads;
  request.streams = automatic_count(arguments, "streams");
  request.decode_threads = automatic_count(arguments, "decode-threads");
  request.batch_size = automatic_value(arguments, "batch-size");
  request.max_memory = memory_value(arguments, "max-memory");
  if (const auto seconds = integer_value(arguments, "picture-timeout", 0, kLongest)) {
    request.picture_timeout.reset();
    if (*seconds > 0) request.picture_timeout = std::chrono::seconds(*seconds);
  }
  return request;
}

}  // namespace saccade
