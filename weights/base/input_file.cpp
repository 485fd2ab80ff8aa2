#include "weights/base/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace saccade {
namespace {

std::string_view kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::string not_regular(mode_t mode) {
  return fmt::format("is {}, not a regular file", kind_of(mode));
}

/// Why `path` cannot be opened. A socket has no error of its own.
std::string failure(const std::filesystem::path& path, int error) {
  struct stat status {};
  if (error == ENXIO && ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return not_regular(status.st_mode);
  }
  if (error == ELOOP && std::filesystem::is_symlink(path)) {
    return "is a link; put the file itself there";
  }
  return fmt::format(
      "cannot be opened: {}{}", std::generic_category().message(error),
      error == EMFILE || error == ENFILE ? "; raise the limit of open files (ulimit -n)" : "");
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path, Links links)
    // O_NONBLOCK: a FIFO would wait for a writer. O_NOCTTY: a terminal could become ours.
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                                           (links == Links::refuse ? O_NOFOLLOW : 0))) {
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
    error_ = errno;
    problem_ = failure(path, error_);
  } else if (!S_ISREG(status.st_mode)) {
    problem_ = not_regular(status.st_mode);
  } else {
    size_ = static_cast<uint64_t>(status.st_size);
  }
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      problem_(std::move(other.problem_)),
      error_(other.error_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  std::swap(problem_, other.problem_);
  std::swap(error_, other.error_);
  return *this;
}

size_t InputFile::read(std::span<std::byte> to, uint64_t offset) const {
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t count =
        ::pread(descriptor_, to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category());
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

InputStream::InputStream(const std::filesystem::path& path) : std::istream(nullptr), buffer_(path) {
  rdbuf(&buffer_);
  if (!problem().empty()) setstate(badbit);
}

// An exception of underflow() makes the stream bad.
InputStream::Buffer::int_type InputStream::Buffer::underflow() {
  constexpr size_t kPart = 1 << 16;
  bytes.resize(kPart);
  const size_t count = file.read(std::as_writable_bytes(std::span(bytes)), next);
  next += count;
  setg(bytes.data(), bytes.data(), bytes.data() + count);
  return count == 0 ? traits_type::eof() : traits_type::to_int_type(*gptr());
}

InputStream::Buffer::pos_type InputStream::Buffer::seekoff(off_type offset,
                                                           std::ios_base::seekdir from,
                                                           std::ios_base::openmode) {
  const auto at = static_cast<off_type>(next) - (egptr() - gptr());
  const off_type start = from == std::ios_base::beg   ? 0
                         : from == std::ios_base::cur ? at
                                                      : static_cast<off_type>(file.size());
  if (start + offset < 0) return pos_type(off_type(-1));
  if (start + offset == at) return pos_type(at);
  next = static_cast<uint64_t>(start + offset);
  setg(nullptr, nullptr, nullptr);
  return pos_type(start + offset);
}

}  // namespace saccade
