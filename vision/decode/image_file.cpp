#include "vision/decode/image_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {

ImageFile::ImageFile(const std::filesystem::path& path) : name_(path.string()), file_(path) {
  constexpr uint64_t max_file_bytes = uint64_t{1} << 30;
  if (file_.out_of_resources()) throw SystemError(fmt::format("{}: {}", name_, file_.problem()));
  if (!file_.problem().empty()) throw ImageError(fmt::format("{}: {}", name_, file_.problem()));
  if (size() > max_file_bytes) throw ImageError(name_ + ": is larger than 1 GiB");
}

std::vector<std::byte> ImageFile::head(uint64_t most) const {
  // A file of /proc has no size but may have bytes, or fail to be read.
  std::vector<std::byte> head(size_t(std::max<uint64_t>(std::min(most, size()), 1)));
  try {
    head.resize(file_.read(head, 0));
  } catch (const std::system_error& error) {
    throw ImageError(fmt::format("{}: cannot be read: {}", name_, error.code().message()));
  }
  return head;
}

std::vector<std::byte> ImageFile::bytes() const {
  std::vector<std::byte> bytes = head(size());
  if (bytes.size() < size()) {
    throw ImageError(name_ + ": became shorter while it was read; try again");
  }
  return bytes;
}

}  // namespace saccade
