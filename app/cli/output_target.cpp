#include "app/cli/output_target.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

bool is_standard_output(const struct stat& status) {
  struct stat standard {};
  return ::fstat(STDOUT_FILENO, &standard) == 0 && standard.st_dev == status.st_dev &&
         standard.st_ino == status.st_ino;
}

/// The status of a device, a pipe, or a link to either or to standard output.
std::optional<struct stat> stream_status(const fs::path& file) {
  struct stat target {
  }, itself{};
  if (::stat(file.c_str(), &target) != 0 || ::lstat(file.c_str(), &itself) != 0) return {};
  if (S_ISDIR(target.st_mode)) return {};
  const bool replaced =
      S_ISREG(target.st_mode) && !(S_ISLNK(itself.st_mode) && is_standard_output(target));
  return replaced ? std::nullopt : std::optional(target);
}

[[noreturn]] void refuse_output_file(const fs::path& file, int error) {
  throw SystemError(fmt::format("{}: cannot write results there: {}; choose another file with -o",
                                file.string(), std::generic_category().message(error)));
}

/// The first bytes; none if the file cannot be read.
std::string head_of_output(const fs::path& file) {
  constexpr size_t kHead = 4096;
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  std::string head(kHead, '\0');
  const ssize_t count = opened.valid() ? ::read(opened.get(), head.data(), head.size()) : 0;
  head.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return head;
}

}  // namespace

OptionSpec overwrite_option() {
  return {"overwrite", 0, "", "replace an existing file even if this command has not made it"};
}

void refuse_foreign_file(const fs::path& file, bool overwrite, const Recogniser& is_ours) {
  std::error_code error;
  const fs::file_status itself = fs::symlink_status(file, error);
  if (overwrite || !fs::exists(itself) || stream_status(file)) return;
  if (fs::is_symlink(itself)) {
    throw UsageError(
        fmt::format("{}: is a link, which is not written through; name the file itself, or give "
                    "--overwrite to replace the link",
                    file.string()));
  }
  const bool empty = fs::is_regular_file(itself) && fs::file_size(file, error) == 0;
  if (fs::is_directory(itself) || empty || is_ours(head_of_output(file))) return;
  throw UsageError(fmt::format(
      "{}: exists, and does not look like a file of this command; choose another name, or give "
      "--overwrite to replace it",
      file.string()));
}

std::optional<Descriptor> open_stream(const fs::path& file) {
  const auto status = stream_status(file);
  if (!status) return std::nullopt;
  Descriptor opened(is_standard_output(*status)
                        ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                        : ::open(file.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
  if (!opened.valid()) refuse_output_file(file, errno);
  struct stat found {};
  const bool swapped = ::fstat(opened.get(), &found) != 0 || found.st_dev != status->st_dev ||
                       found.st_ino != status->st_ino;
  if (swapped) refuse_output_file(file, ESTALE);
  return opened;
}

OutputFolder folder_of_output(const fs::path& file) {
  const fs::path parent = file.has_parent_path() ? file.parent_path() : fs::path(".");
  struct stat status {};
  if (::stat(parent.c_str(), &status) != 0) refuse_output_file(file, errno);
  if (!S_ISDIR(status.st_mode)) refuse_output_file(file, ENOTDIR);
  if (!file.has_filename() || (::lstat(file.c_str(), &status) == 0 && S_ISDIR(status.st_mode))) {
    refuse_output_file(file, EISDIR);
  }
  return OutputFolder(parent);
}

}  // namespace saccade
