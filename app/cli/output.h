// Where results go: standard output or a file, with every failed write noticed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace saccade {

class Output {
 public:
  /// Standard output.
  Output();
  /// The file `path`, emptied. Throws SystemError where it cannot be written.
  explicit Output(const std::filesystem::path& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text) { pending_ += text; }
  /// Hands what was written to the system. Throws SystemError where it does not take all of it.
  void flush();

  /// Closes the file. Throws SystemError where the system says only now that it lacked room.
  void close();

  /// True on a terminal that shows colours, unless NO_COLOR is set (https://no-color.org).
  bool takes_colour() const;

 private:
  int fd_;
  std::string name_;  ///< for errors
  std::string pending_;
};

}  // namespace saccade
