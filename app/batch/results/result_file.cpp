#include "app/batch/results/result_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "app/system/output_file.h"
#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_results(const fs::path& file, const std::string& reason) {
  throw SystemError(fmt::format("{}: cannot write results there: {}; choose another folder with -o",
                                file.string(), reason));
}

/// Replaces the file by a copy of its first `kept` bytes.
Descriptor copy_of(const OutputFolder& folder, const fs::path& name, int file, uint64_t kept) {
  OutputFile copy(folder, name);
  if (const int error = copy.copy(file, kept)) {
    refuse_results(folder.path() / name, std::generic_category().message(error));
  }
  return copy.commit_open();
}

Descriptor open_results(const OutputFolder& folder, const fs::path& name, uint64_t kept) {
  if (kept == 0) return OutputFile(folder, name).commit_open();
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  Descriptor found(::openat(folder.handle(), name.c_str(), kFlags));
  const fs::path file = folder.path() / name;
  if (!found.valid() && errno == ELOOP) refuse_results(file, "it is a link");
  if (!found.valid()) refuse_results(file, std::generic_category().message(errno));
  struct stat status {};
  if (::fstat(found.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    refuse_results(file, "it is not a file");
  }
  return status.st_nlink > 1 ? copy_of(folder, name, found.get(), kept) : std::move(found);
}

}  // namespace

ResultFile::ResultFile(const OutputFolder& folder, const fs::path& name, uint64_t kept)
    : name_((folder.path() / name).string()), file_(open_results(folder, name, kept)), size_(kept) {
  if (::ftruncate(file_.get(), static_cast<off_t>(kept)) != 0 ||
      ::lseek(file_.get(), static_cast<off_t>(kept), SEEK_SET) < 0) {
    fail(errno);
  }
}

void ResultFile::write(std::string_view lines) {
  refuse_removal();
  std::string_view rest = lines;
  while (!rest.empty()) {
    const ssize_t written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // A partial write may end within a line.
      const size_t taken = lines.size() - rest.size();
      const size_t whole = lines.substr(0, taken).rfind('\n') + 1;
      [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_ + whole));
      fail(error);
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  size_ += lines.size();
}

void ResultFile::close() {
  if (::fsync(file_.get()) != 0 && errno != EINVAL && errno != ENOTSUP) fail(errno);
  if (file_.close() != 0) fail(errno);
}

// Writing to a file that has been removed succeeds, so check for that explicitly.
void ResultFile::refuse_removal() const {
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0 || status.st_nlink > 0) return;
  throw SystemError(name_ + ": has been removed, with the results in it; start the run again");
}

void ResultFile::fail(int error) const {
  throw SystemError(
      fmt::format("{}: results could not be written: {}; the results so far are complete, and "
                  "--resume continues after them",
                  name_, std::generic_category().message(error)));
}

}  // namespace saccade
