// A lock that lets only one program on this machine download a file.
#pragma once

#include <filesystem>
#include <functional>

namespace saccade {

/// flock(2) on a file that is never removed, compatible with Python's filelock.
class HubLock {
 public:
  /// Waits for the lock, and meanwhile calls `wait`, which may throw, ten times per second. Does
  /// not lock on a file system without locks. Throws SystemError if `file` cannot be created.
  HubLock(const std::filesystem::path& file, const std::function<void()>& wait);
  ~HubLock();
  HubLock(const HubLock&) = delete;
  HubLock& operator=(const HubLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace saccade
