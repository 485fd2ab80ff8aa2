// What has come of a file so far: blobs/ETAG.incomplete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace saccade {

class IncompleteFile {
 public:
  /// Opens it or makes it. Every function throws SystemError where the system refuses, naming the
  /// file and the remedy.
  explicit IncompleteFile(const std::filesystem::path& path);
  ~IncompleteFile();
  IncompleteFile(const IncompleteFile&) = delete;
  IncompleteFile& operator=(const IncompleteFile&) = delete;

  uint64_t size() const { return size_; }
  void append(std::string_view bytes);
  void clear();
  /// Throws unless the disk has room for `bytes` more.
  void check_room(uint64_t bytes) const;
  /// Gives it its name, once its bytes are on the disk.
  void finish(const std::filesystem::path& name);
  /// Removes it.
  void discard();

 private:
  [[noreturn]] void fail() const;

  std::filesystem::path path_;
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace saccade
