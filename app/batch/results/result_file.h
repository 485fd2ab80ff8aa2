// The file that a batch's results are streamed to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace saccade {

/// Holds whole lines at any moment: what is written goes to the system in one piece, and what it
/// takes only in part is cut off again.
class ResultFile {
 public:
  /// Begins the file anew, or cuts it after its first `kept` bytes and goes on there. Throws
  /// SystemError where it cannot be written.
  explicit ResultFile(const std::filesystem::path& path, uint64_t kept = 0);
  ~ResultFile();
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  /// `lines` are whole. Throws SystemError where the system does not take all of them, or the file
  /// has been removed.
  void write(std::string_view lines);
  /// Throws SystemError where the system says only now that it lacked room.
  void close();

 private:
  void refuse_removal() const;
  [[noreturn]] void fail(int error) const;

  std::string name_;
  int fd_;
  uint64_t size_;
};

}  // namespace saccade
