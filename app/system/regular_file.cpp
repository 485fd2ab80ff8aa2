#include "app/system/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "weights/base/errors.h"

namespace saccade {
namespace {

[[noreturn]] void refuse_reading(const std::filesystem::path& file, std::string_view reason) {
  throw SystemError(fmt::format("{}: cannot be read: {}", file.string(), reason));
}

std::string text_of(int error) { return std::generic_category().message(error); }

}  // namespace

RegularFile::RegularFile(std::filesystem::path file, Descriptor descriptor)
    : file_(std::move(file)), descriptor_(std::move(descriptor)) {}

std::optional<RegularFile> RegularFile::open(const std::filesystem::path& file) {
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!opened.valid() && errno == ENOENT) return std::nullopt;
  if (!opened.valid() && errno == ELOOP) {
    refuse_reading(file, "it is a link; put the file itself there");
  }
  if (!opened.valid() && (errno == EMFILE || errno == ENFILE)) {
    refuse_reading(file, text_of(errno) + "; raise the limit of open files (ulimit -n)");
  }
  if (!opened.valid()) refuse_reading(file, text_of(errno));
  struct stat status {};
  if (::fstat(opened.get(), &status) != 0) refuse_reading(file, text_of(errno));
  if (!S_ISREG(status.st_mode)) refuse_reading(file, "it is not a file");
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
  if (::lseek(descriptor_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) {
    refuse_reading(file_, text_of(errno));
  }
}

bool RegularFile::read_more() {
  constexpr size_t kBlock = 1 << 16;
  buffer_.erase(0, taken_);
  taken_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kBlock);
  ssize_t count = -1;
  do {
    count = ::read(descriptor_.get(), buffer_.data() + before, kBlock);
  } while (count < 0 && errno == EINTR);
  if (count < 0) refuse_reading(file_, text_of(errno));
  buffer_.resize(before + static_cast<size_t>(count));
  return count > 0;
}

}  // namespace saccade
