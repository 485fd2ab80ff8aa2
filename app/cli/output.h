// Writes results to standard output or a file, and reports every failed write.
#pragma once

#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

#include "app/system/descriptor.h"

namespace saccade {

/// The reader of a pipe has closed it, as `head` does: the program ends without a message.
class ClosedPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "the pipe for the results was closed"; }
};

class Output {
 public:
  /// Standard output.
  Output();
  /// Replaces the file `path` by a new one at once; a device or a pipe is written to. Throws
  /// SystemError if it cannot be written.
  explicit Output(const std::filesystem::path& path);
  /// A device or a pipe that is open; `name` is for errors.
  Output(Descriptor stream, std::string name);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// On a terminal, characters that it would obey or that turn the direction of text are escaped;
  /// files and pipes get the text as it is.
  void write(std::string_view text);
  /// Writes text with colours, whose maker has escaped everything else.
  void write_painted(std::string_view text) { pending_ += text; }
  /// Writes the buffered text. Throws ClosedPipe if nobody reads it any more, SystemError if a
  /// write fails.
  void flush();

  /// Closes the file. Throws SystemError if the system reports a failed write only now.
  void close();

  bool on_terminal() const { return terminal_; }
  /// Whether this is a terminal with colours and NO_COLOR is not set (https://no-color.org).
  bool takes_colour() const;

 private:
  int fd_;
  std::string name_;  ///< for errors
  bool terminal_ = false;
  std::string pending_;
};

}  // namespace saccade
