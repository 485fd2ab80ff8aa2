// Writes results to standard output or a file, and reports every failed write.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace saccade {

class Output {
 public:
  /// Standard output.
  Output();
  /// Truncates the file `path`. Throws SystemError if it cannot be written.
  explicit Output(const std::filesystem::path& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text) { pending_ += text; }
  /// Writes the buffered text. Throws SystemError if a write fails.
  void flush();

  /// Closes the file. Throws SystemError if the system reports a failed write only now.
  void close();

  /// Whether this is a terminal with colours and NO_COLOR is not set (https://no-color.org).
  bool takes_colour() const;

 private:
  int fd_;
  std::string name_;  ///< for errors
  std::string pending_;
};

}  // namespace saccade
