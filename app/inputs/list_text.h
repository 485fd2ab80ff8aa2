// Lists of pictures as text: their encoding, their entries, and paths written on Windows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saccade {

/// What stands between the entries of a list.
enum class ListSeparator {
  line,  ///< LF or CRLF
  null,  ///< a NUL byte, as `find -print0` writes
};

/// Returns the entries of a list called `name`; those that are empty are left out, and so is a byte
/// order mark. Throws UsageError with the remedy if the text is UTF-16 or UTF-32, has NUL bytes
/// where lines are wanted, or lines and no NUL byte where NUL bytes are.
std::vector<std::string> list_entries(std::string_view text, const std::string& name,
                                      ListSeparator separator);

/// Removes a byte order mark of UTF-8. Throws UsageError, which begins with `name`, if the text
/// begins as UTF-16 or UTF-32 does.
void take_byte_order_mark(std::string_view& text, const std::string& name);

/// Whether the path is absolute on Windows: "C:\\...", "C:/..." or "\\\\server\\...".
bool is_windows_path(std::string_view path);

/// Returns a path of a list as this machine has it: with slashes in place of backslashes if there
/// is no file of the name as written, but one of that name; else as written.
std::string local_path(const std::string& path);

/// Why a Windows path cannot be used, and what to do.
inline constexpr std::string_view kWindowsPathRemedy =
    "is a path of a Windows machine; write it as this machine has it, with slashes";

}  // namespace saccade
