#include "weights/config/config_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

using nlohmann::json;

// JSON integers, and floats that are whole numbers (some writers put 224.0).
std::optional<int64_t> whole_number(const json& value) {
  if (value.is_number_unsigned()) {
    const auto n = value.get<uint64_t>();
    return n <= INT64_MAX ? std::optional(static_cast<int64_t>(n)) : std::nullopt;
  }
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number_float()) {
    const double n = value.get<double>();
    if (std::abs(n) < 1e15 && n == std::floor(n)) return static_cast<int64_t>(n);
  }
  return std::nullopt;
}

}  // namespace

ConfigReader::ConfigReader(json object, std::string file, std::string source,
                           std::shared_ptr<Keys> log)
    : object_(std::move(object)),
      file_(std::move(file)),
      source_(std::move(source)),
      log_(std::move(log)) {}

const json* ConfigReader::find(std::string_view key) const {
  if (log_) log_->emplace(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<ConfigReader> ConfigReader::object(std::string_view key) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_object()) fail(key, "an object");
  ConfigReader inner(*value, file_, source_, log_);
  inner.path_ = fmt::format("{}{}.", path_, key);
  return inner;
}

void ConfigReader::fail(std::string_view key, std::string_view wanted) const {
  constexpr size_t kShown = 60;
  const json* value = find(key);
  std::string found =
      value ? value->dump(-1, ' ', true, json::error_handler_t::replace) : "nothing";
  if (found.size() > kShown) found = found.substr(0, kShown) + "...";
  throw ModelError(fmt::format("{}: {} is {}; wanted {}", file_, quote(path_ + std::string(key)),
                               found, wanted));
}

std::optional<int64_t> ConfigReader::integer(std::string_view key, int64_t low,
                                             int64_t high) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  const std::optional<int64_t> n = whole_number(*value);
  if (!n || *n < low || *n > high) fail(key, fmt::format("an integer from {} to {}", low, high));
  return n;
}

std::optional<double> ConfigReader::number(std::string_view key, double low, double high) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_number() || !(value->get<double>() >= low) || !(value->get<double>() <= high)) {
    fail(key, fmt::format("a number from {} to {}", low, high));
  }
  return value->get<double>();
}

std::optional<bool> ConfigReader::boolean(std::string_view key) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) fail(key, "true or false");
  return value->get<bool>();
}

std::optional<std::string> ConfigReader::text(std::string_view key) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_string()) fail(key, "a text");
  return value->get<std::string>();
}

std::optional<std::vector<double>> ConfigReader::numbers(std::string_view key, double low,
                                                         double high) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  const auto good = [&](const json& item) {
    return item.is_number() && item.get<double>() >= low && item.get<double>() <= high;
  };
  if (!value->is_array() || !std::all_of(value->begin(), value->end(), good)) {
    fail(key, fmt::format("a list of numbers from {} to {}", low, high));
  }
  return value->get<std::vector<double>>();
}

std::optional<std::vector<std::string>> ConfigReader::texts(std::string_view key) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_array()) fail(key, "a list of texts");
  std::vector<std::string> list;
  for (const json& item : *value) {
    if (!item.is_string()) fail(key, "a list of texts");
    list.push_back(item.get<std::string>());
  }
  return list;
}

std::optional<ImageSize> ConfigReader::size(std::string_view key) const {
  const json* value = find(key);
  if (!value) return std::nullopt;
  const auto side = [&](const json& item) {
    const std::optional<int64_t> n = whole_number(item);
    if (!n || *n < 1 || *n > kMaxSide) {
      fail(key, fmt::format("a size from 1 to {}, or [height, width]", kMaxSide));
    }
    return *n;
  };
  if (!value->is_array()) return ImageSize{side(*value), side(*value)};
  if (value->size() == 1) return ImageSize{side((*value)[0]), side((*value)[0])};
  if (value->size() != 2) fail(key, "one size, or [height, width]");
  return ImageSize{side((*value)[0]), side((*value)[1])};
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace saccade
