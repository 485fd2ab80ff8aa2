// Typed access to one JSON configuration file, with ranges, and a note of what was taken from it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/config/provenance.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Values are hostile: a wrong type or a value out of range is a ModelError that names the file,
/// the key, what was found and what was wanted. A key that is absent or null has no value.
class ConfigReader {
 public:
  /// `object` must be a JSON object; `file` names it in errors, `source` in the provenance.
  ConfigReader(nlohmann::json object, std::string file, std::string source);

  bool has(std::string_view key) const { return find(key) != nullptr; }
  bool is_null(std::string_view key) const { return object_.contains(key) && !has(key); }
  /// The raw value; nullptr when absent or null.
  const nlohmann::json* find(std::string_view key) const;
  /// The object under `key` as a reader of its own, whose errors name keys as "key.inner"; nullopt
  /// when absent or null.
  std::optional<ConfigReader> object(std::string_view key) const;

  std::optional<int64_t> integer(std::string_view key, int64_t low, int64_t high) const;
  std::optional<double> number(std::string_view key, double low, double high) const;
  std::optional<bool> boolean(std::string_view key) const;
  std::optional<std::string> text(std::string_view key) const;
  std::optional<std::vector<double>> numbers(std::string_view key, double low, double high) const;
  std::optional<std::vector<std::string>> texts(std::string_view key) const;
  /// A side, [side, side] or [height, width], each 1 .. kMaxSide.
  std::optional<ImageSize> size(std::string_view key) const;

  const std::string& file() const { return file_; }
  const std::string& source() const { return source_; }
  [[noreturn]] void fail(std::string_view key, std::string_view wanted) const;

  static constexpr int64_t kMaxSide = 16384;

 private:
  nlohmann::json object_;
  std::string file_;
  std::string source_;
  std::string path_;  // of the object in the file: "", or as "pretrained_cfg."
};

/// A text itself; any other value as its JSON.
std::string text_of(const nlohmann::json& value);

/// `value` where there is one, else `fallback`; notes in `sources[field]` which it was.
template <typename T>
T resolve(Provenance& sources, const std::string& field, const ConfigReader& from,
          const std::optional<T>& value, const T& fallback,
          const std::string& fallback_source = kFromFamily) {
  sources[field] = value ? from.source() : fallback_source;
  return value ? *value : fallback;
}

}  // namespace saccade
