// The file to which a batch appends its results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "app/system/descriptor.h"
#include "app/system/output_folder.h"

namespace saccade {

/// Holds complete lines at all times: each write is one system call, and a partial write is undone.
class ResultFile {
 public:
  /// Replaces the file by an empty one, or truncates it to its first `kept` bytes and appends; a
  /// file that has another name too (a hard link) is copied first. Throws SystemError if it cannot
  /// be written, or is a link.
  ResultFile(const OutputFolder& folder, const std::filesystem::path& name, uint64_t kept = 0);
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  /// `lines` must be complete lines. Throws SystemError if they cannot all be written, or if the
  /// file has been removed.
  void write(std::string_view lines);
  /// Waits until the lines are on the disk. Throws SystemError if the system reports a delayed
  /// write error.
  void close();

 private:
  void refuse_removal() const;
  [[noreturn]] void fail(int error) const;

  std::string name_;
  Descriptor file_;
  uint64_t size_;
};

}  // namespace saccade
