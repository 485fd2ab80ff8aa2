#include "app/system/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "weights/base/errors.h"

namespace saccade {

OutputFile::OutputFile(const OutputFolder& folder, const std::filesystem::path& name)
    : folder_(folder), name_(name) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int error = 0;
  do {  // a name that exists was left by a dead process with the same id
    temporary_ = folder.temporary_name();
    descriptor_ = Descriptor(::openat(folder.handle(), temporary_.c_str(), kFlags, 0666));
    error = errno;
  } while (!descriptor_.valid() && error == EEXIST);
  if (descriptor_.valid()) return;
  temporary_.clear();
  fail(error);
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlinkat(folder_.handle(), temporary_.c_str(), 0);
}

void OutputFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

int OutputFile::copy(int from, uint64_t bytes) {
  std::array<char, 1 << 16> buffer;
  for (uint64_t done = 0; done < bytes;) {
    const size_t wanted = std::min<uint64_t>(buffer.size(), bytes - done);
    const ssize_t count = ::pread(from, buffer.data(), wanted, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    write({buffer.data(), static_cast<size_t>(count)});
    done += static_cast<uint64_t>(count);
  }
  struct stat status {};
  if (::fstat(from, &status) != 0) return errno;
  constexpr mode_t kPermissions = 0777;
  ::fchmod(descriptor_.get(), status.st_mode & kPermissions);
  const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
  ::futimens(descriptor_.get(), times.data());
  return 0;
}

void OutputFile::sync() {
  if (::fsync(descriptor_.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail(errno);
}

void OutputFile::commit() {
  if (descriptor_.close() != 0) fail(errno);  // some network file systems report errors only here
  folder_.rename(temporary_, name_);
  temporary_.clear();
}

Descriptor OutputFile::commit_open() {
  folder_.rename(temporary_, name_);
  temporary_.clear();
  return std::move(descriptor_);
}

void OutputFile::fail(int error) const {
  throw SystemError(fmt::format("{}: cannot be written: {}", (folder_.path() / name_).string(),
                                std::generic_category().message(error)));
}

}  // namespace saccade
