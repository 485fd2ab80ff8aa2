// Reads back a file that a run has written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "weights/base/input_file.h"

namespace saccade {

/// Reads a regular file, and nothing else: not through a link, and without waiting for a pipe.
/// Functions throw SystemError, which names the file, if it cannot be read.
class RegularFile {
 public:
  /// nullopt if there is no file of this name.
  static std::optional<RegularFile> open(const std::filesystem::path& file);

  /// Moves to the next line, without its newline. Returns false at the end; a last line without a
  /// newline is not complete, and counts as the end.
  bool next_line(std::string& line);
  /// Everything that is left.
  std::string rest();
  /// Continues at an offset from the beginning.
  void seek(uint64_t offset);

 private:
  RegularFile(std::filesystem::path name, InputFile file);
  /// Appends more of the file to the buffer; returns false at the end.
  bool read_more();

  std::filesystem::path name_;
  InputFile file_;
  uint64_t next_ = 0;  ///< offset in the file behind the buffer
  std::string buffer_;
  size_t taken_ = 0;  ///< bytes of the buffer
};

}  // namespace saccade
