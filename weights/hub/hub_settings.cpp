#include "weights/hub/hub_settings.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <string_view>

#include "weights/base/errors.h"
#include "weights/base/input_file.h"
#include "weights/files/file_exists.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

/// Reads environment variables as huggingface_hub does.
class Environment {
 public:
  explicit Environment(const EnvironmentLookup& variable) : variable_(variable) {}

  std::optional<std::string> text(const std::string& name) const {
    const char* value = variable_(name.c_str());
    if (!value || *value == '\0') return std::nullopt;
    return value;
  }

  bool is_true(const char* name) const {
    std::string value = text(name).value_or("");
    for (char& c : value) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
  }

  std::chrono::seconds seconds(const char* name, std::chrono::seconds fallback) const {
    constexpr int kMaxSeconds = 86400;
    const std::string value = text(name).value_or("0");
    int count = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (error != std::errc() || end != value.data() + value.size() || count < 0 ||
        count > kMaxSeconds) {
      throw UsageError(
          fmt::format("{}={}: wanted whole seconds, at most {}", name, value, kMaxSeconds));
    }
    return count == 0 ? fallback : std::chrono::seconds(count);
  }

  /// Python's expandvars(expanduser(value)).
  fs::path path(const std::string& value) const { return expand_variables(expand_user(value)); }

  std::string home() const {
    if (const auto set = text("HOME")) return *set;
    const passwd* user = ::getpwuid(::getuid());
    return user ? user->pw_dir : "/";
  }

 private:
  std::string expand_user(const std::string& value) const {
    if (!value.starts_with('~')) return value;
    const size_t end = std::min(value.find('/'), value.size());
    if (end == 1) return home() + value.substr(end);
    const passwd* user = ::getpwnam(value.substr(1, end - 1).c_str());
    return user ? user->pw_dir + value.substr(end) : value;
  }

  // Expands $NAME and ${NAME}; leaves variables that are not set.
  std::string expand_variables(const std::string& value) const {
    std::string result;
    for (size_t i = 0; i < value.size();) {
      if (value[i] != '$') {
        result += value[i++];
        continue;
      }
      const bool braces = i + 1 < value.size() && value[i + 1] == '{';
      const size_t begin = i + (braces ? 2 : 1);
      size_t end = begin;
      const auto in_name = [&](char c) {
        return braces ? c != '}' : std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      };
      while (end < value.size() && in_name(value[end])) ++end;
      const size_t next = braces && end < value.size() ? end + 1 : end;
      const auto set = end > begin ? text(value.substr(begin, end - begin)) : std::nullopt;
      result += set ? *set : value.substr(i, next - i);
      i = next;
    }
    return result;
  }

  const EnvironmentLookup& variable_;
};

std::string trimmed(std::string text) {
  constexpr const char* kBlank = " \t\r\n\v\f";
  text.erase(0, text.find_first_not_of(kBlank));
  text.erase(text.find_last_not_of(kBlank) + 1);
  return text;
}

// A line break in the token would inject headers.
void check_token(const std::string& token, const std::string& from) {
  const bool plain =
      std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; });
  if (!plain) throw UsageError(from + ": not a valid token; wanted one like hf_..., on one line");
}

std::optional<std::string> find_token(const Environment& environment, const fs::path& home) {
  if (environment.is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return std::nullopt;
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    const auto value = environment.text(name);
    if (!value) continue;
    const std::string token = trimmed(*value);
    check_token(token, name);
    if (!token.empty()) return token;
    break;  // as in huggingface_hub: a blank token hides the other variable but not the file
  }
  const auto chosen = environment.text("HF_TOKEN_PATH");
  const fs::path file = chosen ? environment.path(*chosen) : home / "token";
  if (!file_exists(file)) return std::nullopt;
  InputStream stream(file);
  constexpr size_t kMaxBytes = 4096;
  std::string content(kMaxBytes, '\0');
  stream.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (stream.bad() || !stream.eof()) {
    throw SystemError(file.string() + ": the token cannot be read; see HF_TOKEN_PATH");
  }
  content.resize(static_cast<size_t>(stream.gcount()));
  const std::string token = trimmed(content);
  check_token(token, file.string());
  return token.empty() ? std::nullopt : std::optional(token);
}

std::string find_endpoint(const Environment& environment, std::string fallback) {
  std::string endpoint = environment.text("HF_ENDPOINT").value_or(std::move(fallback));
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.starts_with("https://") && !endpoint.starts_with("http://")) {
    throw UsageError(fmt::format(
        "HF_ENDPOINT={}: wanted an address that begins with https:// or http://", endpoint));
  }
  return endpoint;
}

}  // namespace

HubSettings hub_settings() {
  return hub_settings([](const char* name) -> const char* { return std::getenv(name); });
}

HubSettings hub_settings(const EnvironmentLookup& variable) {
  const Environment environment(variable);
  HubSettings settings;
  const std::string caches =
      environment.text("XDG_CACHE_HOME").value_or(environment.home() + "/.cache");
  const fs::path home =
      environment.path(environment.text("HF_HOME").value_or(caches + "/huggingface"));
  settings.cache = home / "hub";
  for (const char* name : {"HUGGINGFACE_HUB_CACHE", "HF_HUB_CACHE"}) {
    if (const auto chosen = environment.text(name)) settings.cache = environment.path(*chosen);
  }
  settings.endpoint = find_endpoint(environment, settings.endpoint);
  settings.token = find_token(environment, home);
  settings.offline = environment.is_true(
      environment.text("HF_HUB_OFFLINE") ? "HF_HUB_OFFLINE" : "TRANSFORMERS_OFFLINE");
  settings.symlinks = !environment.is_true("HF_HUB_DISABLE_SYMLINKS");
  settings.progress = !environment.is_true("HF_HUB_DISABLE_PROGRESS_BARS");
  settings.answer_timeout = environment.seconds("HF_HUB_ETAG_TIMEOUT", settings.answer_timeout);
  settings.download_timeout =
      environment.seconds("HF_HUB_DOWNLOAD_TIMEOUT", settings.download_timeout);
  return settings;
}

}  // namespace saccade
