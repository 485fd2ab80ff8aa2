#include "weights/files/mapped_file.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <system_error>

#include "weights/base/errors.h"
#include "weights/base/input_file.h"

namespace saccade {
MappedFile::MappedFile(const std::filesystem::path& path) {
  const InputFile file(path);  // the mapping stays valid without it
  if (!file.problem().empty()) {
    throw SystemError(fmt::format("{}: {}", path.string(), file.problem()));
  }
  const auto size = static_cast<size_t>(file.size());
  if (size == 0) return;  // nothing to map, and mmap refuses a length of 0
  void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  if (address == MAP_FAILED) {
    throw SystemError(fmt::format("{}: cannot be mapped: {}", path.string(),
                                  std::system_category().message(errno)));
  }
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
