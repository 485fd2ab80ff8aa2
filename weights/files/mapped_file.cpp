#include "weights/files/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int error) {
  throw SystemError(
      fmt::format("{}: cannot {}: {}", path.string(), what, std::system_category().message(error)));
}

/// Closes a descriptor. A mapping stays valid without it.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const { return value_; }

 private:
  int value_;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // With O_NONBLOCK, a named pipe fails the check below instead of waiting for a writer.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.value() < 0) fail("open", path, errno);
  struct stat status = {};
  if (fstat(file.value(), &status) != 0) fail("examine", path, errno);
  if (S_ISDIR(status.st_mode)) {
    throw SystemError(path.string() + ": is a folder; wanted a file");
  }
  if (!S_ISREG(status.st_mode)) {
    throw SystemError(path.string() + ": is a device, pipe or socket; wanted a regular file");
  }
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // nothing to map, and mmap refuses a length of 0
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value(), 0);
  if (address == MAP_FAILED) fail("map", path, errno);
  bytes_ = {static_cast<const std::byte*>(address), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

bool MappedFile::contains(std::span<const std::byte> part) const {
  const std::less_equal<const std::byte*> not_after;
  return not_after(bytes_.data(), part.data()) &&
         not_after(part.data() + part.size(), bytes_.data() + bytes_.size());
}

void MappedFile::release_pages(std::span<const std::byte> part) const {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto base = reinterpret_cast<uintptr_t>(bytes_.data());  // at the start of a page
  const auto offset = static_cast<uintptr_t>(part.data() - bytes_.data());
  const uintptr_t begin = (offset + page - 1) / page * page;
  const uintptr_t end = (offset + part.size()) / page * page;
  // Only advice: if the kernel rejects it, the pages stay, which is harmless.
  if (begin < end) madvise(reinterpret_cast<void*>(base + begin), end - begin, MADV_DONTNEED);
}

}  // namespace saccade
