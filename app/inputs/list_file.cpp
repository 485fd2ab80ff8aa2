#include "app/inputs/list_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace saccade {
namespace {

ListFile failed() { return {"", std::generic_category().message(errno)}; }

bool has_an_end(int descriptor, const struct stat& status) {
  constexpr unsigned kMemoryDevices = 1, kNull = 3;  // Linux's numbers of /dev/null
  if (S_ISCHR(status.st_mode)) {
    return ::isatty(descriptor) == 1 || status.st_rdev == makedev(kMemoryDevices, kNull);
  }
  return !S_ISBLK(status.st_mode);
}

}  // namespace

ListFile read_list_descriptor(int descriptor) {
  ListFile list;
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed();
    if (count == 0) return list;
    list.text.append(buffer.data(), static_cast<size_t>(count));
  }
}

ListFile read_list_file(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0) return failed();
  struct stat status {};
  ListFile list;
  if (::fstat(descriptor, &status) != 0) {
    list = failed();
  } else if (!has_an_end(descriptor, status)) {
    list.problem = "it is a device, not a file";
  } else {
    list = read_list_descriptor(descriptor);
  }
  ::close(descriptor);
  return list;
}

}  // namespace saccade
