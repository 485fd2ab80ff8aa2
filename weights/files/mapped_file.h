// A regular file, mapped for reading.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace saccade {

/// The bytes of a file. They are read from the disk as they are touched, so opening costs nothing
/// whatever the size. A file that is cut short by someone else meanwhile ends the process (SIGBUS);
/// a file that is replaced by renaming, as downloaders do, is safe.
class MappedFile {
 public:
  /// Throws SystemError where `path` cannot be opened, is not a regular file, or cannot be mapped.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

  /// True if `part` lies wholly inside this file.
  bool contains(std::span<const std::byte> part) const;

  /// Drops the whole pages inside `part`, which this file contains, from the resident set. They
  /// come back from the file when touched again.
  void release_pages(std::span<const std::byte> part) const;

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace saccade
