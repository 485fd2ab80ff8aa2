#include "weights/hub/hub_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// Other users of a shared cache must be able to lock it, whatever the umask.
constexpr mode_t kMode = 0664;

int open_lock(const fs::path& file) {
  constexpr int kFlags = O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  int fd = ::open(file.c_str(), kFlags | O_CREAT | O_EXCL, kMode);
  if (fd >= 0) {
    ::fchmod(fd, kMode);
  } else if (errno == EEXIST) {
    fd = ::open(file.c_str(), kFlags | O_CREAT, kMode);
  }
  if (fd >= 0) return fd;
  throw SystemError(fmt::format("{}: {}; set HF_HUB_CACHE to use another folder", file.string(),
                                std::strerror(errno)));
}

/// Returns false if the file was removed while we waited: others then lock a new one.
bool is_still_there(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

}  // namespace

HubLock::HubLock(const fs::path& file, const std::function<void()>& wait) {
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  for (;;) {
    fd_ = open_lock(file);
    const bool locked = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
    const bool held = !locked && (errno == EWOULDBLOCK || errno == EACCES || errno == EINTR);
    if (!held && (!locked || is_still_there(fd_))) return;
    ::close(fd_);
    fd_ = -1;
    if (!held) continue;
    wait();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

HubLock::~HubLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace saccade
