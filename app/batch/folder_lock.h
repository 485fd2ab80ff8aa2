// One run at a time in a folder.
#pragma once

#include <filesystem>

namespace saccade {

class FolderLock {
 public:
  /// Throws SystemError where another process holds it. Where the file system knows no locks,
  /// nothing is locked.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace saccade
