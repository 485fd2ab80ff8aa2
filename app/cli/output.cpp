#include "app/cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "app/cli/output_target.h"
#include "app/system/output_file.h"
#include "weights/base/errors.h"
#include "weights/base/text.h"

namespace saccade {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string reason(int error) { return std::generic_category().message(error); }

}  // namespace

Output::Output()
    : fd_(STDOUT_FILENO), name_("standard output"), terminal_(::isatty(STDOUT_FILENO) == 1) {}

Output::Output(const std::filesystem::path& path) : fd_(-1), name_(path.string()) {
  std::optional<Descriptor> stream = open_stream(path);
  if (!stream) {
    const OutputFolder folder = folder_of_output(path);
    stream = OutputFile(folder, path.filename()).commit_open();
  }
  fd_ = stream->release();
  terminal_ = ::isatty(fd_) == 1;
}

Output::Output(Descriptor stream, std::string name)
    : fd_(stream.release()), name_(std::move(name)), terminal_(::isatty(fd_) == 1) {}

Output::~Output() {
  if (fd_ > STDOUT_FILENO) ::close(fd_);
}

// Some file systems report only now that the disk is full (NFS, quotas).
void Output::close() {
  if (fd_ <= STDOUT_FILENO) return;
  const int failed = ::close(fd_);
  fd_ = -1;
  if (failed != 0) {
    throw SystemError(fmt::format("{}: results could not be written: {}", name_, reason(errno)));
  }
}

void Output::write(std::string_view text) {
  if (terminal_) {
    pending_ += terminal_text(text);
  } else {
    pending_ += text;
  }
}

void Output::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      pending_.clear();
      if (error == EPIPE) throw ClosedPipe();
      throw SystemError(fmt::format("{}: results could not be written: {}", name_, reason(error)));
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
  pending_.clear();
}

bool Output::takes_colour() const {
  return terminal_ && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

}  // namespace saccade
