// One download of a file at a time on this machine, among all programs that use the cache.
#pragma once

#include <filesystem>
#include <functional>

namespace saccade {

/// flock(2) on a file that stays, as Python's filelock does it.
class HubLock {
 public:
  /// Waits for the lock; `wait` is called ten times a second meanwhile, and may throw. Where the
  /// file system knows no locks nothing is locked. Throws SystemError where `file` cannot be made.
  HubLock(const std::filesystem::path& file, const std::function<void()>& wait);
  ~HubLock();
  HubLock(const HubLock&) = delete;
  HubLock& operator=(const HubLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace saccade
