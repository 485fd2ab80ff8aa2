#include "app/system/regular_file.h"

#include <fmt/format.h>

#include <span>
#include <system_error>
#include <utility>

#include "weights/base/errors.h"

namespace saccade {

RegularFile::RegularFile(std::filesystem::path name, InputFile file)
    : name_(std::move(name)), file_(std::move(file)) {}

std::optional<RegularFile> RegularFile::open(const std::filesystem::path& file) {
  InputFile opened(file, InputFile::Links::refuse);
  if (opened.missing()) return std::nullopt;
  if (!opened.problem().empty()) {
    throw SystemError(fmt::format("{}: {}", file.string(), opened.problem()));
  }
  return RegularFile(file, std::move(opened));
}

bool RegularFile::next_line(std::string& line) {
  size_t searched = taken_;
  size_t end = buffer_.find('\n', searched);
  while (end == buffer_.npos) {
    searched = buffer_.size() - taken_;  // read_more() moves what is left to the front
    if (!read_more()) return false;
    end = buffer_.find('\n', searched);
  }
  line.assign(buffer_, taken_, end - taken_);
  taken_ = end + 1;
  return true;
}

std::string RegularFile::rest() {
  while (read_more()) continue;
  return buffer_.substr(taken_);
}

void RegularFile::seek(uint64_t offset) {
  buffer_.clear();
  taken_ = 0;
  next_ = offset;
}

bool RegularFile::read_more() {
  constexpr size_t kBlock = 1 << 16;
  buffer_.erase(0, taken_);
  taken_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kBlock);
  try {
    const size_t count =
        file_.read(std::as_writable_bytes(std::span(buffer_).subspan(before)), next_);
    buffer_.resize(before + count);
    next_ += count;
    return count > 0;
  } catch (const std::system_error& error) {
    throw SystemError(
        fmt::format("{}: cannot be read: {}", name_.string(), error.code().message()));
  }
}

}  // namespace saccade
