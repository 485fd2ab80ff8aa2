// The file to which a batch appends its results.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace saccade {

/// Holds complete lines at all times: each write is one system call, and a partial write is undone.
class ResultFile {
 public:
  /// Creates the file, or truncates it to its first `kept` bytes and appends. Throws SystemError if
  /// it cannot be written.
  explicit ResultFile(const std::filesystem::path& path, uint64_t kept = 0);
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  /// `lines` must be complete lines. Throws SystemError if they cannot all be written, or if the
  /// file has been removed.
  void write(std::string_view lines);
  /// Throws SystemError if the system reports a delayed write error.
  void close();

 private:
  void refuse_removal() const;
  [[noreturn]] void fail(int error) const;

  std::string name_;
  int fd_;
  uint64_t size_;
};

}  // namespace saccade
