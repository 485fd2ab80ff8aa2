// A lock that allows only one run at a time in a folder.
#pragma once

#include <filesystem>

namespace saccade {

class FolderLock {
 public:
  /// Throws SystemError if another process holds the lock. Does nothing on file systems without
  /// locks.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace saccade
