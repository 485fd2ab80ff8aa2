// An incomplete download: the file blobs/ETAG.incomplete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace saccade {

class IncompleteFile {
 public:
  /// Opens or creates the file. Every function throws SystemError, which names the file and a
  /// remedy, on I/O errors.
  explicit IncompleteFile(const std::filesystem::path& path);
  ~IncompleteFile();
  IncompleteFile(const IncompleteFile&) = delete;
  IncompleteFile& operator=(const IncompleteFile&) = delete;

  uint64_t size() const { return size_; }
  void append(std::string_view bytes);
  void clear();
  /// Throws SystemError if the disk has no room for `bytes` more.
  void check_room(uint64_t bytes) const;
  /// Flushes the file to disk and renames it to `name`.
  void finish(const std::filesystem::path& name);
  /// Removes the file.
  void discard();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace saccade
