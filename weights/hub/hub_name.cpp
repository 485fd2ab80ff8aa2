#include "weights/hub/hub_name.h"

#include <algorithm>

namespace saccade {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_word(char c) { return is_letter_or_digit(c) || c == '_'; }

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The name of an owner or a model.
bool is_repo_part(std::string_view text) {
  constexpr size_t kMaxLength = 96;
  return !text.empty() && text.size() <= kMaxLength && is_word(text.front()) &&
         is_word(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_word(c) || c == '-' || c == '.';
         });
}

bool is_repo(std::string_view text) {
  if (holds(text, "--") || holds(text, "..") || text.ends_with(".git")) return false;
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_repo_part(text);
  return is_repo_part(text.substr(0, slash)) && is_repo_part(text.substr(slash + 1));
}

// Stricter than git's rules for references: each part is a plain file name.
bool is_revision(std::string_view text) {
  constexpr size_t kMaxLength = 200;
  if (text.empty() || text.size() > kMaxLength || holds(text, "..")) return false;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const bool plain = std::all_of(part.begin(), part.end(), [](char c) {
      return is_word(c) || c == '-' || c == '.' || c == '+' || c == '=' || c == '#' || c == '@';
    });
    if (part.empty() || part.front() == '.' || part.back() == '.' || !plain) return false;
    begin = end + 1;
  }
  return true;
}

}  // namespace

std::optional<HubName> parse_hub_name(std::string_view text) {
  const size_t at = text.find('@');
  HubName name;
  name.repo = text.substr(0, at);
  if (at != std::string_view::npos) name.revision = text.substr(at + 1);
  if (!is_repo(name.repo) || !is_revision(name.revision)) return std::nullopt;
  return name;
}

bool is_commit(std::string_view text) {
  constexpr size_t kDigits = 40;
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace saccade
