// A lock that allows only one run at a time in a folder.
#pragma once

#include "app/system/output_folder.h"

namespace saccade {

/// Holds a reference to the folder.
class FolderLock {
 public:
  /// Removes what killed runs have left in the folder. Throws SystemError if another process holds
  /// the lock. A file system without locks is not refused: unless `quiet`, a note says so.
  FolderLock(const OutputFolder& folder, bool quiet);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  const OutputFolder& folder_;
};

}  // namespace saccade
