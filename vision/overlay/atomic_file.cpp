#include "vision/overlay/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, int error) {
  throw SystemError(fmt::format("{}: cannot be written: {}", file.string(),
                                std::generic_category().message(error)));
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& file) : file_(file) {
  static std::atomic<unsigned> number{0};
  do {
    part_ = file.parent_path() / fmt::format(".saccade-{}-{}.part", ::getpid(), number++);
    descriptor_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);  // left by a dead process with the same id
  if (descriptor_ < 0) fail(file_, errno);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!part_.empty()) ::unlink(part_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(file_, errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::commit() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0)
    fail(file_, errno);  // some network file systems report errors only here
  if (::rename(part_.c_str(), file_.c_str()) != 0) fail(file_, errno);
  part_.clear();
}

void write_file_atomically(const fs::path& file, std::span<const std::byte> bytes) {
  AtomicFile part(file);
  part.write(bytes);
  part.commit();
}

}  // namespace saccade
