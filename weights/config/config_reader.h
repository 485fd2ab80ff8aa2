// Typed, bounded access to one JSON configuration file, with the source of each value.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "weights/config/provenance.h"
#include "weights/describe/preprocess_recipe.h"

namespace saccade {

/// Trusts no value: throws ModelError on a wrong type or a value out of range, naming the file, the
/// key, the value and what was wanted. Returns nullopt for a key that is absent or null.
class ConfigReader {
 public:
  using Keys = std::set<std::string, std::less<>>;

  /// `object` must be a JSON object; `file` names it in errors, `source` in the provenance. If
  /// there is a `log`, every key that is looked up, here or in an inner object, is added to it.
  ConfigReader(nlohmann::json object, std::string file, std::string source,
               std::shared_ptr<Keys> log = nullptr);

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
  std::string path_;  // of the object in the file: "" or, for example, "pretrained_cfg."
  std::shared_ptr<Keys> log_;
};

/// Returns a string as it is, any other value as its JSON.
std::string text_of(const nlohmann::json& value);

/// Returns `value` if there is one, else `fallback`, and records its source in `sources[field]`.
template <typename T>
T resolve(Provenance& sources, const std::string& field, const ConfigReader& from,
          const std::optional<T>& value, const T& fallback,
          const std::string& fallback_source = kFromFamily) {
  sources[field] = value ? from.source() : fallback_source;
  return value ? *value : fallback;
}

}  // namespace saccade
