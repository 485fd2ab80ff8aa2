// Maps a regular file into memory for reading.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace saccade {

/// The bytes of a file. The kernel reads them on access, so opening takes the same time for any
/// size. If another process truncates the file, access ends this process with SIGBUS; replacing it
/// by renaming, as downloaders do, is safe.
class MappedFile {
 public:
  /// Throws SystemError if `path` cannot be opened or mapped, or is not a regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

  /// Returns whether all of `part` lies in this file.
  bool contains(std::span<const std::byte> part) const;

  /// Drops the whole pages inside `part`, which this file contains, from the resident set. The
  /// kernel reads them again on access.
  void release_pages(std::span<const std::byte> part) const;

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace saccade
