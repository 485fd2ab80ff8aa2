#include "weights/hub/incomplete_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy =
    "make room, or name a folder on another disk with HF_HUB_CACHE; the bytes received are kept";

}  // namespace

IncompleteFile::IncompleteFile(const fs::path& path)
    : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666)) {
  struct stat status {};
  if (fd_ < 0) fail();
  if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw SystemError(path.string() + ": not a regular file; remove it");
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

IncompleteFile::~IncompleteFile() {
  if (fd_ >= 0) ::close(fd_);
}

void IncompleteFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail();
    size_ += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void IncompleteFile::clear() {
  if (::ftruncate(fd_, 0) != 0) fail();
  size_ = 0;
}

void IncompleteFile::check_room(uint64_t bytes) const {
  std::error_code error;  // if the space is unknown, append() reports a full disk
  const fs::space_info space = fs::space(path_.parent_path(), error);
  if (error || space.available >= bytes) return;
  throw SystemError(fmt::format("{}: {} bytes more are needed, and the disk has room for {}; {}",
                                path_.string(), bytes, space.available, kRemedy));
}

void IncompleteFile::finish(const fs::path& name) {
  if (::fsync(fd_) != 0) fail();
  std::error_code error;
  fs::rename(path_, name, error);
  if (error) throw SystemError(fmt::format("{}: {}", name.string(), error.message()));
}

void IncompleteFile::discard() {
  clear();
  std::error_code ignored;  // it is empty already
  fs::remove(path_, ignored);
}

void IncompleteFile::fail() const {
  throw SystemError(
      fmt::format("{}: cannot be written: {}; {}", path_.string(), std::strerror(errno), kRemedy));
}

}  // namespace saccade
