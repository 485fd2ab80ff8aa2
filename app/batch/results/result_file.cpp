#include "app/batch/results/result_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {

// An existing file is removed rather than truncated: it may be a link to something valuable.
ResultFile::ResultFile(const std::filesystem::path& path, uint64_t kept)
    : name_(path.string()), fd_(-1), size_(kept) {
  if (kept == 0) ::unlink(path.c_str());
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    throw SystemError(
        fmt::format("{}: cannot write results there: {}; choose another folder "
                    "with -o",
                    name_, std::generic_category().message(errno)));
  }
  if (::ftruncate(fd_, static_cast<off_t>(kept)) != 0 ||
      ::lseek(fd_, static_cast<off_t>(kept), SEEK_SET) < 0) {
    const int error = errno;
    ::close(fd_);
    fail(error);
  }
}

ResultFile::~ResultFile() {
  if (fd_ >= 0) ::close(fd_);
}

void ResultFile::write(std::string_view lines) {
  refuse_removal();
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // A partial write may end within a line.
      const size_t taken = lines.size() - rest.size();
      const size_t whole = lines.substr(0, taken).rfind('\n') + 1;
      [[maybe_unused]] const int cut = ::ftruncate(fd_, static_cast<off_t>(size_ + whole));
      fail(error);
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  size_ += lines.size();
}

void ResultFile::close() {
  const int failed = ::close(fd_);
  fd_ = -1;
  if (failed != 0) fail(errno);
}

// Writing to a file that has been removed succeeds, so check for that explicitly.
void ResultFile::refuse_removal() const {
  struct stat status {};
  if (::fstat(fd_, &status) != 0 || status.st_nlink > 0) return;
  throw SystemError(name_ + ": has been removed, with the results in it; start the run again");
}

void ResultFile::fail(int error) const {
  throw SystemError(
      fmt::format("{}: results could not be written: {}; the results so far are complete, and "
                  "--resume continues after them",
                  name_, std::generic_category().message(error)));
}

}  // namespace saccade
