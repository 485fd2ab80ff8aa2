#include "app/inputs/list_text.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "weights/base/errors.h"

namespace saccade {
namespace {

using namespace std::string_view_literals;

constexpr std::array kWideMarks{"\xff\xfe"sv, "\xfe\xff"sv, "\0\0\xfe\xff"sv};

/// Whether every second of the first bytes is NUL, as in UTF-16 without a byte order mark.
bool alternates_with_nul(std::string_view text) {
  constexpr size_t kLooked = 64;
  text = text.substr(0, std::min(text.size(), kLooked) / 2 * 2);
  if (text.size() < 4) return false;
  std::array<bool, 2> all{true, true};
  std::array<bool, 2> any{false, false};
  for (size_t i = 0; i < text.size(); ++i) {
    all[i % 2] = all[i % 2] && text[i] == '\0';
    any[i % 2] = any[i % 2] || text[i] == '\0';
  }
  return (all[0] && !any[1]) || (all[1] && !any[0]);
}

[[noreturn]] void refuse_wide(const std::string& name) {
  throw UsageError(fmt::format(
      "{}: is UTF-16 or UTF-32 text; save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8",
      name));
}

bool exists(const std::string& path) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

void take_byte_order_mark(std::string_view& text, const std::string& name) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  if (text.starts_with(mark)) text.remove_prefix(mark.size());
  for (const std::string_view wide : kWideMarks) {
    if (text.starts_with(wide)) refuse_wide(name);
  }
}

std::vector<std::string> list_entries(std::string_view text, const std::string& name,
                                      ListSeparator separator) {
  take_byte_order_mark(text, name);
  const bool has_nul = text.find('\0') != text.npos;
  if (separator == ListSeparator::line && has_nul) {
    if (alternates_with_nul(text)) refuse_wide(name);
    throw UsageError(
        fmt::format("{}: not a list of pictures: it must be text, one path per line; for paths "
                    "that end with NUL bytes, as of find -print0, give -0",
                    name));
  }
  if (separator == ListSeparator::null && !has_nul && text.find('\n') != text.npos) {
    throw UsageError(fmt::format(
        "{}: has lines and no NUL byte; -0 is for the output of find -print0, leave it out", name));
  }
  const char end_mark = separator == ListSeparator::null ? '\0' : '\n';
  std::vector<std::string> entries;
  while (!text.empty()) {
    const size_t end = std::min(text.find(end_mark), text.size());
    std::string_view entry = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (separator == ListSeparator::line && entry.ends_with('\r')) entry.remove_suffix(1);
    if (!entry.empty()) entries.emplace_back(entry);
  }
  return entries;
}

bool is_windows_path(std::string_view path) {
  if (path.starts_with("\\\\")) return true;
  const bool letter =
      !path.empty() && ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z'));
  return letter && path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
}

std::string local_path(const std::string& path) {
  if (path.find('\\') == path.npos || exists(path)) return path;
  std::string with_slashes = path;
  std::replace(with_slashes.begin(), with_slashes.end(), '\\', '/');
  return exists(with_slashes) ? with_slashes : path;
}

}  // namespace saccade
