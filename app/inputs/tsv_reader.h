// Reads tab-separated values with a header line, row by row.
#pragma once

#include <charconv>
#include <filesystem>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace saccade {

/// Every error names the file and the line. CRLF line ends, empty lines and a byte order mark are
/// accepted.
class TsvReader {
 public:
  /// Reads the header. Throws SystemError if the file cannot be read.
  explicit TsvReader(const std::filesystem::path& file);

  bool has(std::string_view column) const;
  /// Reads the next row; returns false after the last. Throws UsageError if the number of fields
  /// differs from the header.
  bool next();
  /// The row's field in `column`, which must exist. Valid until next().
  std::string_view text(std::string_view column) const;
  template <typename Number>
  Number number(std::string_view column) const {
    const std::string_view field = text(column);
    Number value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size()) refuse_number(column);
    return value;
  }

  /// The line number; the header is line 1.
  size_t line() const { return line_; }
  /// Throws UsageError with the file, the line and `what`.
  [[noreturn]] void refuse(std::string_view what) const;

 private:
  bool read_line(std::string& text);
  [[noreturn]] void refuse_number(std::string_view column) const;

  std::filesystem::path file_;
  std::istringstream in_;
  std::string header_;
  std::string row_;
  std::vector<std::string_view> columns_;  ///< in header_
  std::vector<std::string_view> fields_;   ///< in row_
  size_t line_ = 0;
};

}  // namespace saccade
